# Aliases and rates of a model, when reading; what is wrong with one.

/usr/bin/python3 mklog.py tags.ndjson "$TMP/tags.jny"

"$JOURNEY" funnel --by source,campaign --model values.yaml \
    "$TMP/tags.jny" | sed -n '/^  source,/,/^$/p; /^  money/,/^  period/p
        /^  aliases/p; /^  currency/p'
"$JOURNEY" funnel --where 'source=facebook' --format json \
    --model values.yaml "$TMP/tags.jny" \
    | sed -n '/"aliases"/,/}/p; /"money"/,/"net"/p'
"$JOURNEY" stat --model values.yaml "$TMP/tags.jny" \
    | sed -n '/written alike/,/^$/p'

wrong() {
    printf "$1" > "$TMP/wrong.yaml"
    "$JOURNEY" paths --model "$TMP/wrong.yaml" "$TMP/tags.jny" 2>&1
    echo "= $?"
}

wrong 'rates: {USD: 0.9}\n'
wrong 'currency: EUR\nrates:\n  USD: 0,9\n'
wrong 'currency: EUR\nrates: {USD: 1, USD: 2}\n'
wrong 'currency: EUR\nrates: {EUR: 1}\n'
wrong 'aliases:\n  sorce: {fb: facebook}\n'
wrong 'aliases:\n  source: {fb: facebook, "FB ": x}\n'
wrong 'aliases: fb\n'
wrong 'aliases: {source: {fb: [a]}}\n'
wrong 'currencies: EUR\n'
"$JOURNEY" funnel --model "$TMP/none.yaml" "$TMP/tags.jny" 2>&1
