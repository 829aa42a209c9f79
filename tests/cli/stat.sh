# What is in a log, for people and for machines.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

# sizes after deflate depend on the zlib in use
"$JOURNEY" stat --top 2 "$TMP/shop.jny" | sed '/^  on disk/d'
"$JOURNEY" stat --top 2 --format json "$TMP/shop.jny" | grep -v disk
