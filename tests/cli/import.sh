# What is said of options, model files and lines that are wrong; stages by
# rules; offline events that join.

run() {
    echo "\$ journey import $*"
    (cd "$TMP" && "$JOURNEY" import "$@" 2>&1)
    echo "= $?"
}

model() {
    printf -- "$1" > "$TMP/m.yaml"
    echo "# $1"
    (cd "$TMP" && "$JOURNEY" import --model m.yaml -o x.jny a.log 2>&1)
    echo "= $?"
}

# One that no list takes for a bot.
AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

cat > "$TMP/a.log" <<END
192.0.2.1 - - [01/May/2024:10:00:00 +0000] "GET /blog/a?utm_source=news HTTP/1.1" 200 1 "-" "$AGENT"
192.0.2.1 - - [01/May/2024:10:01:00 +0000] "GET /product/7 HTTP/1.1" 200 1 "http://shop.example/blog/a" "$AGENT"
192.0.2.1 - - [01/May/2024:10:01:01 +0000] "GET /logo.png HTTP/1.1" 200 1 "http://shop.example/" "$AGENT"
192.0.2.1 - - [01/May/2024:10:02:00 +0000] "GET /thanks HTTP/1.1" 502 1 "-" "$AGENT"
192.0.2.1 - - [01/May/2024:10:03:00 +0000] "GET /thanks HTTP/1.1" 200 1 "-" "$AGENT"
192.0.2.1 - - [01/May/2024:10:03:01 +0000] "GET /health HTTP/1.1" 200 1 "-" "$AGENT"
this is no line
END

cp ../../conf-examples/journey.yaml "$TMP/journey.yaml"

run --host shop.example --model journey.yaml -o a.jny a.log
"$JOURNEY" cat --tz UTC "$TMP/a.jny" | sed 's/  [0-9a-f]\{16\} /  VISITOR /'
"$JOURNEY" funnel "$TMP/a.jny" | sed -n 1,12p

run a.log
run -o a.log a.log
run -o x.jny nothing.log
run -o x.jny .
run --input combind -o x.jny a.log
run --input '$remote_addr $status' -o x.jny a.log
run --input '$time_local$status' -o x.jny a.log
run --input '[$' -o x.jny a.log
run --input csv -o x.jny a.log
run --input json -o x.jny a.log
run --map pag=x -o x.jny a.log
run --map page -o x.jny a.log
run --map page=a --map page=b -o x.jny a.log
run --map x_Team=a -o x.jny a.log
run --visitor ip -o x.jny a.log
run --visitor cookie: -o x.jny a.log
run --key a.log -o x.jny a.log
run --model nothing.yaml -o x.jny a.log
ls "$TMP"

model 'stages: [a, b]\nrules:\n  - when: /x\n    stage: c\n'
model 'stages: [a, b]\nrules:\n  - when: /x\n    stag: a\n'
model 'stages: [a, b]\nrules:\n  - when: stauts=1\n    stage: a\n'
model 'stages: [a, b]\nrules:\n  - stage: a\n'
model 'stages: [a, b]\nrules:\n  - when: /x\n'
model 'stages: [a, a]\n'
model 'stages: awareness\n'
model 'rules:\n  - when: /x\n    stage: a\n'
model 'stages: [a\nrules: x\n'
model 'stages: &x [a]\nrules: *x\n'
model 'rules:\n  - when: *.html\n    touchpoint: x\n'
model 'rules:\n  - when: /x\n    ignore: maybe\n'
model '- a\n'
model ''

# A line as long as may be, in all places that are decoded.
{
    printf '{"time":"2024-05-01T10:00:00Z","x":"/p?'
    head -c 1048000 /dev/zero | tr '\0' q
    printf '"}\n'
} > "$TMP/long.json"
run --input json --map request_uri=x --map host=x --map http_referer=x \
    --map arg_utm_source=x --map arg_utm_medium=x --map arg_utm_campaign=x \
    --map arg_utm_term=x --map arg_utm_content=x -o x.jny long.json

# A till's list, of no model: it names stages, the web's log has their order.
cat > "$TMP/till.csv" <<END
when;customer;stage;touchpoint;amount;cur;receipt
2024-05-02T15:00:00Z;c1;decision;shop visit;;;
2024-05-02T15:20:00Z;c1;purchase;till;120.00;EUR;r77
2024-05-02T15:30:00Z;c2;purchase;till;80,00;EUR;r78
END
cat > "$TMP/web.ndjson" <<END
{"time":"2024-05-01T10:00:00Z","visitor":"phone","page":"/blog/a","login":"c1"}
{"time":"2024-05-01T10:01:00Z","visitor":"phone","page":"/product/7","login":"c1"}
END
run --input json --visitor visitor --model journey.yaml -o web.jny web.ndjson
run --input csv --map time=when --map login=customer --map value=amount \
    --map currency=cur --map order=receipt --visitor visitor -o till.jny till.csv
"$JOURNEY" funnel "$TMP/web.jny" "$TMP/till.jny" | sed -n 3,11p
"$JOURNEY" paths "$TMP/web.jny" "$TMP/till.jny" | sed -n 1,5p

# What goes through, and is hardly meant.
run --input csv --map time=when --map login=custmer --map touchpoint=tuchpoint \
    --map stage=stge --map value=amount --map currency=cur --map order=receipt \
    --visitor visitor -o till.jny till.csv
