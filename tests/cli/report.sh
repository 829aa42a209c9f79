# The report's data, and what its page is made of.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" report --format json --top 2 "$TMP/shop.jny"
"$JOURNEY" report "$TMP/shop.jny" | grep -o '<h1>\|<main>\|<script[^>]*>\|</html>'
