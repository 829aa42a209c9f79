# Rate and value of a group are those at the goal, whatever stages follow; and
# labels that tables print can be selected.

cat > "$TMP/loyal.ndjson" <<'END'
{"block":[1,0],"visitor":"1","time":1714554000000,"stage":"awareness","page":"/","host":"h","referrer":"www.google.com"}
{"block":[1,0],"visitor":"2","time":1714554001000,"stage":"awareness","page":"/","host":"h"}
{"block":[1,0],"visitor":"1","time":1714554002000,"stage":"decision","page":"/cart","host":"h"}
{"block":[1,0],"visitor":"1","time":1714554003000,"stage":"purchase","page":"/done","host":"h","value":495000,"currency":"EUR","order":"A"}
{"block":[1,0],"visitor":"2","time":1714554004000,"stage":"purchase","page":"/done","host":"h","value":100000,"currency":"EUR","order":"B"}
END

/usr/bin/python3 mklog.py "$TMP/loyal.ndjson" "$TMP/loyal.jny"

groups() {
    "$JOURNEY" funnel --format json --by campaign "$@" "$TMP/loyal.jny" \
        | /usr/bin/python3 -c 'import json, sys
d = json.load(sys.stdin)
print(d["at_goal"], d["money"][0]["net"] if d["money"] else None)
for g in d["groups"]:
    print(" ", g["key"], g["at_goal"])'
}

groups
groups --goal decision
groups --goal stage=awareness
groups --steps 'awareness > purchase > /loyal'
groups --steps 'awareness > /done > /loyal'
groups --where campaign=google
groups --visitors 'campaign=(direct)'
groups --where campaign=
groups --where 'campaign!='
groups --where 'medium=(none)'
groups --where "campaign=(none)"
groups --where "campaign!=(none)"
"$JOURNEY" funnel --by campaign --goal decision "$TMP/loyal.jny" | grep ' of first  value there' -A 2
"$JOURNEY" cat --where 'campaign=(direct)&source=(none)' "$TMP/loyal.jny" | wc -l
