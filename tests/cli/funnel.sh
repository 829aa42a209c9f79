# The funnel as people and machines read it; figures are tests/oracle's care.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" funnel "$TMP/shop.jny"
"$JOURNEY" funnel --by campaign --top 1 "$TMP/shop.jny"
"$JOURNEY" funnel --steps '/product/* > /cart > value>0' --window 1h \
    "$TMP/shop.jny"
"$JOURNEY" funnel --format json --by channel "$TMP/shop.jny"
