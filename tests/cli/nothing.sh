# Where nothing is counted the headline says why.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"
grep Googlebot shop.ndjson > "$TMP/bot.ndjson"
/usr/bin/python3 mklog.py "$TMP/bot.ndjson" "$TMP/bot.jny"
: > "$TMP/new.jny"

why() {
    "$JOURNEY" "$@" | head -n 1
}

why funnel "$TMP/new.jny"
why paths "$TMP/bot.jny"
why funnel --bots include "$TMP/bot.jny"
grep -v Googlebot shop.ndjson > "$TMP/people.ndjson"
/usr/bin/python3 mklog.py "$TMP/people.ndjson" "$TMP/people.jny"
why funnel --bots only "$TMP/people.jny"
why pages --start 2025-01-01 "$TMP/shop.jny"
why funnel --visitors stage=purchas "$TMP/shop.jny"
for command in funnel paths pages; do
    why $command --where 'status>=500&value>9' "$TMP/shop.jny"
done

echo "# the same in JSON"
for command in funnel paths pages report; do
    "$JOURNEY" $command --format json --where 'status>=500&value>9' \
        "$TMP/shop.jny" | grep '"nothing"\|"headline"'
done
"$JOURNEY" report --format json "$TMP/new.jny" | grep headline
"$JOURNEY" funnel --format json "$TMP/shop.jny" | grep nothing
