# README's relative links work where make install puts it.

touch "$TMP/module.so"
make -s -C ../.. -o all install B="${JOURNEY%/*}" MODULE="$TMP/module.so" \
    PREFIX=/usr/local DESTDIR="$TMP/root" > "$TMP/log" 2>&1 || cat "$TMP/log"
cd "$TMP/root/usr/local/share/doc/nginx-journey" || exit

grep -o '](\([a-zA-Z-]*[/.][^)]*\))' README.md | tr -d '()]' | grep -v : |
    sort -u | while read -r link; do
    test -f "$link" && echo "$link"
done
