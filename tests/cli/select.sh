# --where: each line is the selector and the pages that match.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

try() {
    printf '%s:' "$*"
    "$JOURNEY" cat --format json "$@" "$TMP/shop.jny" \
        | /usr/bin/python3 -c 'import json, sys
for line in sys.stdin:
    print("", json.loads(line)["page"].encode("unicode_escape").decode(),
          end="")
print()'
}

try --where consideration
try --where consideration\&status\>0
try --where basket
try --where 'basket|purchase'
try --where '/product/*'
try --where '/product/7|/cart'
try --where 'page!~/product/*'
try --where 'status>=500'
try --where 'status=404|500'
try --where 'latency>1000'
try --where 'value<0'
try --where 'value=49.5&currency=EUR'
try --where 'visitor=b2'
try --where 'campaign=spring|ВЕСНА'
try --where 'campaign!='
try --where 'source~goo*'
try --where 'x_team=red'
try --where 'x_team!='
try --where 'internal=yes'
try --where 'bot=yes'
try --where 'agent~*Firefox*&new=no'
try --bots exclude
try --bots only
try --start 2024-05-02
try --end 2024-05-01T09:01:00
try --start 2024-05-01T11:01:30+02:00 --end 2024-05-02
try --last 1m
try --last 1m --end 2024-05-01T09:01:00
