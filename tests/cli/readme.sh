# The README's funnel is what the demo's month gives.

readme=../../README.md

"$LOGGEN" --events 300000 -o "$TMP/month.jny"
"$JOURNEY" funnel "$TMP/month.jny" | head -n 11 > "$TMP/funnel"
sed -n '/^```$/,/^```$/p' "$readme" | grep -v '^```' | head -n 11 |
    diff - "$TMP/funnel" && echo same
