# A value that no log has is a warning, with what was meant; status 0.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"
: > "$TMP/new.jny"

try() {
    echo "\$ $*"
    "$JOURNEY" "$@" "$TMP/shop.jny" 2>&1 > /dev/null
    echo "= $?"
}

echo "# mistyped"
try funnel --where stage=purchas
try funnel --visitors purchas
try funnel --goal touchpoint=baskte
try funnel --steps 'awareness > purchsae'
try funnel --steps 'awareness > /prodct/*'
try funnel --steps 'page:/product/7 > page:/blog/*'
try funnel --where 'page=/product/*'
try paths --where page=/product/99
try paths --where campaign=sprnig
try paths --where 'campaign!=sprnig'
try pages --where source=gogle
try pages --where medium=cpv
try funnel --where 'channel=paid serch'
try funnel --where 'channel=email|paid search'
try funnel --where host=nowhere.example
try funnel --where x_team=rde
try funnel --where x_taem=red
try cat --where stage=purchas
try cat --where campaign=sprnig
try funnel --where 'stage=purchase|purchas|decision'
try funnel --where "$(printf 'stage=\33[2Jpurchase')"
try funnel --by x_taem
try funnel --by x_nothing_like_it

echo "# nothing to say"
try funnel --where stage=purchase
try funnel --where 'campaign=(direct)'
try funnel --where campaign=
try funnel --where 'value>100000&agent~*none*'
try funnel --where 'visitor=1234567812345678'
try funnel --start 2025-01-01 --where stage=purchas
try cat --where 'page=/cart&campaign=spring'
"$JOURNEY" funnel --where stage=purchas "$TMP/new.jny" > /dev/null
