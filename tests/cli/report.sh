# The report's data, and what its page is made of.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" report --format json --top 2 "$TMP/shop.jny"
"$JOURNEY" report "$TMP/shop.jny" | grep -o '<h1>\|<main>\|<script[^>]*>\|</html>'

# Each part is what the command of the same name says, but for how many rows.

"$LOGGEN" --events 20000 -o "$TMP/month.jny" > /dev/null

for log in shop month; do
    for part in funnel paths "pages --across campaign"; do
        "$JOURNEY" $part --format json --top 1000 "$TMP/$log.jny" \
            > "$TMP/part.json"
        "$JOURNEY" report --format json --top 1000 "$TMP/$log.jny" \
            > "$TMP/report.json"
        /usr/bin/python3 - "${part%% *}" "$TMP" <<'END'
import json, sys
name, folder = sys.argv[1:]
alone = json.load(open(folder + "/part.json"))
within = json.load(open(folder + "/report.json"))
part = within[name]
differ = [k for k in part if k != "definitions" and part[k] != alone.get(k)]
differ += [k for k in ("input", "nothing") if within[k] != alone[k]]
differ += [k for k in part["definitions"]
           if part["definitions"][k] != alone["definitions"].get(k)]
print(name, len(part), "keys, other than of the command alone:", differ)
END
    done
done
