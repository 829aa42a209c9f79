# What is wrong on the command line, and what is said to it.

run() {
    echo "\$ journey $*"
    "$JOURNEY" "$@" 2>&1
    echo "= $?"
}

run
run --version
run fnnel
run quux
run help quux
run cat
run cat --wher x a.jny
run cat --zzzzzz a.jny
run cat -q a.jny
run cat --format xml a.jny
run cat --format
run cat --strict=yes a.jny
run cat --window 3d a.jny
run funnel --window 30 a.jny
run funnel --top 0 a.jny
run funnel --entry last a.jny
run funnel --by hots a.jny
run funnel --by status a.jny
run funnel --by campaign,hots a.jny
run funnel --by page --credit step:0 a.jny
run funnel --credit last a.jny
run funnel --by page --credit step:3 --steps 'a > b' a.jny
run funnel --by host,campaign,host a.jny
run funnel --by host,campaign,stage,page,channel a.jny
run funnel --steps 'a > campain=x' a.jny
run funnel --steps 'awareness >= 3' a.jny
run paths --around a --ending b a.jny
run paths --span -1..+1 a.jny
run paths --around a --span 3 a.jny
run paths --around a --span -3..+99 a.jny
run cat --where 'status > 400' a.jny
run cat --where 'café=1' a.jny
run cat --where 'stage=a&internal=1' a.jny
run cat --where 'channel=email' a.jny
run cat --start yesterday a.jny
run cat --start 2024-05-02 --end 2024-05-01 a.jny
run cat --start 2024-05-02 --last 3d a.jny
run cat --tz Europe/Atlantis a.jny
run cat "$TMP/nothing.jny"
run funnel --steps '?a > b' a.jny
run funnel --steps 'a > b > !c' a.jny
run funnel --steps 'a > b within soon' a.jny
run funnel --steps 'a > ?b' --entry any a.jny
run funnel --order strict a.jny
run funnel --steps 'a > b within 1h' --order any a.jny
run funnel --steps 'a > b' --exclude visitor a.jny
run funnel --compat amplitude --steps 'a > b' a.jny
run funnel --compat umami:x --steps 'a > b' a.jny
run funnel --compat clickhouse:strict --steps 'a > b' a.jny
run funnel --compat clickhouse:allow_reentry --steps 'a > b' a.jny
run funnel --compat umami --steps 'a > ?b' a.jny
run funnel --compat clickhouse --steps 'a > !b > c' a.jny
run funnel --compat mixpanel --steps 'a > b' --order strict a.jny
run funnel --compat posthog --steps 'a > b within 1h' a.jny
run funnel --compat posthog --steps 'a > b' --count entries a.jny
run funnel --compat posthog a.jny
run funnel --every hour a.jny
run funnel --cohort readers a.jny
run funnel --cohort '=/blog/*' a.jny
run funnel --cohort 'a=/a' --cohort 'a=/b' a.jny
run funnel --cohort 'a=/a &' a.jny
