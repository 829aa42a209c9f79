# Paths as people and machines read them; figures are tests/oracle's care.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" paths "$TMP/shop.jny"
"$JOURNEY" paths --whole-journey --top 1 "$TMP/shop.jny"
"$JOURNEY" paths --format json --top 2 "$TMP/shop.jny"
