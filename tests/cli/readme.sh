# The README's funnel is what the demo's month gives.

readme=../../README.md

"$LOGGEN" --events 300000 -o "$TMP/month.jny"
"$JOURNEY" funnel "$TMP/month.jny" | head -n 11 > "$TMP/funnel"
sed -n '/^```$/,/^```$/p' "$readme" | grep -v '^```' | head -n 11 |
    diff - "$TMP/funnel" && echo same

# Its commands about old logs work as they stand there, in a folder like it.

mkdir -p "$TMP/log" && mv "$TMP/month.jny" "$TMP/log/"
cp ../../conf-examples/journey.yaml "$TMP/"
cat > "$TMP/access.log.1" <<END
192.0.2.1 - - [01/May/2024:10:00:00 +0000] "GET /blog/a HTTP/1.1" 200 1 "-" "-"
END

sed -n 's/^    journey \(import\|compact\|forget\) /\1 /p' "$readme" |
    sed 's#/var/log/journey/#log/#' > "$TMP/commands"

while read -r command; do
    (cd "$TMP" && eval "\"$JOURNEY\" $command" > /dev/null)
    echo "$command = $?"
done < "$TMP/commands" 2>&1
