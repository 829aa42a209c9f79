# Page comparisons as people and machines read them; figures are
# tests/oracle's care.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" pages "$TMP/shop.jny"
"$JOURNEY" pages --horizon 1m --top 4 "$TMP/shop.jny"
"$JOURNEY" pages --format json --horizon 1m --top 2 --across campaign \
    "$TMP/shop.jny"

# A log younger than the horizon has too little time, not too few visitors.

"${LOGGEN:-../../build/loggen}" --events 2000 --days 4 -o "$TMP/young.jny"
"$JOURNEY" pages "$TMP/young.jny" | head -1
"$JOURNEY" pages --horizon 1h "$TMP/young.jny" | head -1

# 400 visitors: half of those who see /demo buy, a tenth of the others; and a
# last event a month later.

awk 'BEGIN {
    for (i = 1; i <= 400; i++) {
        row = sprintf("{\"block\":[1,0],\"visitor\":\"%016x\",\"host\":\"h\"," \
            "\"source\":\"x\",\"campaign\":\"%s\"", i, i % 3 ? "one" : "two")
        printf "%s,\"time\":%.0f,\"stage\":\"look\",\"page\":\"%s\"}\n", row,
            1714554000000 + i * 60000, i % 4 ? "/home" : "/demo"
        if (i % 4 ? i % 10 == 1 : i % 8 == 0)
            printf "%s,\"time\":%.0f,\"stage\":\"purchase\",\"page\":\"/p\"}\n",
                row, 1714554010000 + i * 60000
    }
    printf "{\"block\":[1,0],\"visitor\":\"1\",\"time\":1717146000000," \
        "\"page\":\"/home\"}\n"
}' > "$TMP/demo.ndjson"

/usr/bin/python3 mklog.py "$TMP/demo.ndjson" "$TMP/demo.jny"

"$JOURNEY" pages --across campaign "$TMP/demo.jny"
"$JOURNEY" pages --across page "$TMP/demo.jny"
"$JOURNEY" pages --horizon 0s "$TMP/demo.jny"
