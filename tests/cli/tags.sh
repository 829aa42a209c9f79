# Tags of links between own pages, and values written in several ways.

/usr/bin/python3 mklog.py tags.ndjson "$TMP/tags.jny"

"$JOURNEY" stat "$TMP/tags.jny" \
    | sed -n '/self-tagged/,/^$/p; /written alike/,/^$/p'
"$JOURNEY" stat --top 1 --format json "$TMP/tags.jny" \
    | sed -n '/"self_tagged_events"/,/^  \]/p; /"near_dup/,/^  \]/p'
