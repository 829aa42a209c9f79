# Events as NDJSON, and the same from standard input, a folder and a
# recompressed log.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" cat --format json "$TMP/shop.jny" > "$TMP/a"
cat "$TMP/a"

"$JOURNEY" cat --format json - < "$TMP/shop.jny" | cmp - "$TMP/a" && echo stdin
mkdir "$TMP/logs"
cp "$TMP/shop.jny" "$TMP/logs/journey.jny.1"
"$JOURNEY" cat --format json "$TMP/logs" | cmp - "$TMP/a" && echo folder
zcat < "$TMP/shop.jny" | gzip > "$TMP/again.jny.gz"
"$JOURNEY" cat --format json "$TMP/again.jny.gz" | cmp - "$TMP/a" && echo again
