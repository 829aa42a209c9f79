# The ledger of whole logs, of a log given twice, and of one without its
# beginning.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" audit "$TMP/shop.jny"
echo "= $?"
"$JOURNEY" audit --format json "$TMP/shop.jny"
echo "= $?"
"$JOURNEY" audit "$TMP/shop.jny" "$TMP/shop.jny" 2>&1
echo "= $?"

# writer 1 without its first block, writer 2 without its last
/usr/bin/python3 cutlog.py "$TMP/shop.jny" drop 0 drop 3 > "$TMP/later.jny"
"$JOURNEY" audit "$TMP/later.jny" 2>&1
echo "= $?"
