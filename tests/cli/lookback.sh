# Money cut at a moment adds up: what was sold before --start is known after it.
# A is sold on 1 May, reloaded and refunded on 3 May; B is sold by one who came
# from an ad a minute before the cut; C is of nobody.

cat > "$TMP/cut.ndjson" <<'EOF'
{"block":[1,0],"visitor":"1","time":1714557600000,"stage":"purchase","page":"/done","host":"h","value":500000,"currency":"EUR","order":"A"}
{"block":[1,0],"visitor":"0","time":1714557601000,"stage":"purchase","page":"/done","host":"h","value":70000,"currency":"EUR","order":"C"}
{"block":[1,1],"visitor":"2","time":1714694340000,"stage":"awareness","page":"/","host":"h","source":"google","medium":"cpc","campaign":"spring"}
{"block":[1,1],"visitor":"2","time":1714694460000,"stage":"purchase","page":"/done","host":"h","value":90000,"currency":"EUR","order":"B"}
{"block":[1,1],"visitor":"1","time":1714730400000,"stage":"purchase","page":"/done","host":"h","value":500000,"currency":"EUR","order":"A"}
{"block":[1,1],"visitor":"1","time":1714734000000,"stage":"purchase","page":"/refund","host":"h","value":-200000,"currency":"EUR","order":"A"}
{"block":[1,1],"visitor":"0","time":1714734001000,"stage":"purchase","page":"/done","host":"h","value":70000,"currency":"EUR","order":"C"}
EOF

/usr/bin/python3 mklog.py "$TMP/cut.ndjson" "$TMP/cut.jny"

money() {
    echo "# $*"
    "$JOURNEY" funnel --tz UTC --format json --by campaign "$@" "$TMP/cut.jny" \
        | /usr/bin/python3 -c 'import json, sys
d = json.load(sys.stdin)
for m in d["money"]:
    print(" ", *(f"{k} {m[k]}" for k in ("gross", "refunds", "net", "orders",
                                         "repeats", "outside_journeys")))
print("  visitors", d["input"]["visitors"], "events", d["input"]["events"],
      "groups", [g["key"]["campaign"] for g in d["groups"]],
      "lookback_ms", d["definitions"].get("lookback_ms"))'
}

money
money --end 2024-05-03
money --start 2024-05-03
money --start 2024-05-03 --lookback 1h
money --start 2024-05-03 --lookback 0s
money --last 12h --lookback 3d
"$JOURNEY" funnel --tz UTC --start 2024-05-03 "$TMP/cut.jny" | grep lookback
"$JOURNEY" funnel --tz UTC --start 2024-05-03 --lookback 0s "$TMP/cut.jny" \
    | grep lookback
