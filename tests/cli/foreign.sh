# A file that is no log is named, with what it looks like and what to do.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"
cd "$TMP" || exit

echo '192.0.2.1 - - [01/May/2024:09:00:00 +0000] "GET / HTTP/1.1" 200 5' > a.log
gzip -nk a.log
zcat shop.jny > unpacked
gzip -nk unpacked
printf '(\265/\375\4\0' > a.zst
printf '{"time": 1}\n' > a.json
echo hello > a.txt
printf '\33[2J\n' > a.esc
printf '\0\1\2\3\4\5' > a.bin
head -c 300 shop.jny > torn.jny
head -c 200 a.log.gz | head -c 60 > cut.gz
: > new.jny

for f in a.log a.log.gz unpacked a.zst a.json a.txt a.esc a.bin; do
    "$JOURNEY" funnel "$f" 2>&1
    echo "= $?"
done

echo "# piped"
zcat shop.jny | "$JOURNEY" funnel - 2>&1
echo "= $?"
"$JOURNEY" stat a.log unpacked 2>&1
echo "= $?"

echo "# beside a log"
"$JOURNEY" funnel --format json a.log shop.jny 2>&1 | grep -B 9 '^{\|damaged'
"$JOURNEY" funnel a.log shop.jny > /dev/null 2>&1
echo "= $?"
"$JOURNEY" audit unpacked shop.jny 2>&1
echo "= $?"
"$JOURNEY" audit --format json a.txt shop.jny | grep -A 99 '"damage": '

echo "# logs all the same"
for f in unpacked.gz torn.jny cut.gz new.jny; do
    "$JOURNEY" cat "$f" 2>&1 > /dev/null
    echo "= $?"
done
