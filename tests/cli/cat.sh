# Events as lines for people: no byte of the log reaches the terminal as
# anything but a printable character.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

"$JOURNEY" cat "$TMP/shop.jny"
echo
"$JOURNEY" cat --tz -03:30 --where value!=0 "$TMP/shop.jny"
echo
"$JOURNEY" cat "$TMP/shop.jny" | LC_ALL=C grep -c -P '[\x00-\x09\x0b-\x1f\x7f]' || true
