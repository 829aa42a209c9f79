# What is in a log, for people and for machines.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

# sizes after deflate depend on the zlib in use
# and which list knew the bot depends on what set-up could fetch
"$JOURNEY" stat --top 2 "$TMP/shop.jny" |
    sed -e '/^  on disk/d' -e '/ of list /,/^$/d'
"$JOURNEY" stat --top 2 --format json "$TMP/shop.jny" |
    sed -e '/disk/d' -e '/"bot_lists": /,/^  \]/d' -e '/"bots": \[/,/^  \]/d'
