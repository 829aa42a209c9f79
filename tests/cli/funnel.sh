# The funnel as people and machines read it; figures are tests/oracle's care.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" funnel "$TMP/shop.jny"
"$JOURNEY" funnel --by campaign --top 1 "$TMP/shop.jny"
"$JOURNEY" funnel --steps '/product/* > /cart > value>0' --window 1h \
    "$TMP/shop.jny"
"$JOURNEY" funnel --format json --by channel "$TMP/shop.jny"
"$JOURNEY" funnel --by host,campaign,agent --top 2 "$TMP/shop.jny" \
    | sed -n '/^  host,/,/^$/p'
"$JOURNEY" funnel --format json --by host,agent --top 1 "$TMP/shop.jny" \
    | grep -A 3 '"key"'
"$JOURNEY" funnel --by page --credit step:2 "$TMP/shop.jny" \
    | sed -n '/^  page/,/^$/p; /^  groups/p'
"$JOURNEY" funnel --by page --credit all "$TMP/shop.jny" \
    | sed -n '/^  page/,/^$/p; /^  groups/p'

# Sales of unknown visitors are in no step: their sum is said.

"${LOGGEN:-../../build/loggen}" --events 2000 -o "$TMP/small.jny"
"$JOURNEY" funnel "$TMP/small.jny" | grep 'order\|outside'

# Steps that may be missing, steps that end a chain.

"$JOURNEY" funnel --steps 'awareness > ?/product/* > !/cart > value>0' \
    --count sessions "$TMP/shop.jny"
"$JOURNEY" funnel --steps 'awareness > /product/* > /cart' --order any \
    --ties step "$TMP/shop.jny" | head -8

# A trend, and cohorts that overlap.

"$JOURNEY" funnel --steps '/* > value>0' --count sessions --window 1h \
    --tz Europe/Berlin --every day --cohort 'readers=/blog/*' \
    --cohort 'red & blue=status>=400' --cohort 'buyers=value>0' \
    "$TMP/shop.jny" | sed -n '/^  day/,/^$/p; /^  cohort/,/^$/p; /^  trend/p'
"$JOURNEY" funnel --format json --every week --tz UTC --cohort \
    'readers=/blog/*' "$TMP/shop.jny" \
    | grep -A 8 '"trend"\|"cohorts"\|"cohort_overlap"\|"every"'
