# Paths as people and machines read them; figures are tests/oracle's care.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" paths "$TMP/shop.jny"
"$JOURNEY" paths --whole-journey --top 1 "$TMP/shop.jny"
"$JOURNEY" paths --format json --top 2 "$TMP/shop.jny"
"$JOURNEY" paths --starting /product/7 --ending value\>0 "$TMP/shop.jny"
"$JOURNEY" paths --around basket --span -1..+1 "$TMP/shop.jny"
"$JOURNEY" paths --ending basket --format json "$TMP/shop.jny" \
    | sed -n '/"repeats"/,/"max_length"/p; /"totals"/,/^  "money"/p'
"$JOURNEY" paths --around nowhere "$TMP/shop.jny" 2>&1 | sed -n 1,6p

# Somebody goes back and forth between two pages, and somebody does not.

/usr/bin/python3 mklog.py loops.ndjson "$TMP/loops.jny"
"$JOURNEY" paths "$TMP/loops.jny" | sed -n '1,/length/p'
"$JOURNEY" paths --format json "$TMP/loops.jny" | sed -n '/^  "returns"/,/^  "money"/p'
