# What a run took, part by part; numbers are N.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" funnel --verbose --threads 1 "$TMP/shop.jny" 2>&1 >/dev/null \
    | sed 's/[0-9][0-9.,]*/N/g; s/^ *N/N/'
