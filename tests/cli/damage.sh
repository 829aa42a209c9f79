# Damaged blocks are named and left out; what is left is right.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"
cd "$TMP" || exit

run() {
    echo "\$ journey $*"
    "$JOURNEY" "$@" 2>&1
    echo "= $?"
}

cut() {
    /usr/bin/python3 "$OLDPWD/cutlog.py" shop.jny "$@" > bad.jny
    echo
    echo "# $*"
}

events() {
    "$JOURNEY" cat --format json "$@" bad.jny | /usr/bin/python3 -c '
import json, sys
print([json.loads(line)["page"][:12] for line in sys.stdin])'
    echo "= ${PIPESTATUS[0]}"
}

cut flip 2 payload
events
run audit bad.jny
run cat --strict bad.jny
run funnel --strict bad.jny

cut flip 2 header
events
run audit bad.jny

cut drop 2
events
run audit bad.jny
run cat --strict bad.jny

cut flip 4 header
events
run audit bad.jny

cut truncate 4
events
run audit bad.jny
run stat --strict --format json bad.jny | grep -A 3 '"lost_unknown"'

cut truncate 2
events

cut noise 1
events
