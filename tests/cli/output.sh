# -o: the file is there whole, or as it was.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"
cd "$TMP" || exit

run() {
    echo "\$ journey $*"
    "$JOURNEY" "$@" 2>&1
    echo "= $?"
}

run audit -o new.txt shop.jny
head -1 new.txt

echo old > kept.txt
chmod 640 kept.txt
run cat -o kept.txt nowhere.jny
cat kept.txt
run cat -o kept.txt shop.jny
wc -l < kept.txt
stat -c %a kept.txt

run cat -o nowhere/file shop.jny
run funnel --verbose -o nowhere/file shop.jny
run cat -o /dev/full shop.jny
run cat -o /dev/stdout shop.jny | wc -l
ls

"$JOURNEY" cat shop.jny > /dev/full
echo "= $?"
"$JOURNEY" --help > /dev/full
echo "= $?"

# No input is ever overwritten, whatever it is called.

mkdir logs
ln shop.jny logs/hard.jny
ln -s shop.jny soft.jny
cp shop.jny writer.spool
cksum shop.jny > before

for command in cat stat audit funnel paths pages report; do
    run "$command" -o shop.jny shop.jny
done

run report -o ./soft.jny shop.jny
run funnel -o shop.jny soft.jny
run stat -o shop.jny logs
run audit -o writer.spool shop.jny writer.spool
"$JOURNEY" cat -o shop.jny - < shop.jny
echo "= $?"

cksum shop.jny | cmp - before && cmp shop.jny writer.spool && ls logs
