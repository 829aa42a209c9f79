# What holds no log is an error, not an empty answer.

mkdir "$TMP/empty" "$TMP/other" "$TMP/other/inner"
/usr/bin/python3 mklog.py shop.ndjson "$TMP/other/inner/shop.jny"
echo hello > "$TMP/other/readme.txt"

for log in "$TMP/empty" "$TMP/other"; do
    "$JOURNEY" audit "$log"
    echo "status $?"
done

"$JOURNEY" stat - < /dev/null
echo "status $?"
"$JOURNEY" report --format json - < /dev/null
echo "status $?"
