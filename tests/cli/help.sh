# What the commands say of themselves.

"$JOURNEY" --help
echo
"$JOURNEY" help cat
cmp <("$JOURNEY" help cat) <("$JOURNEY" cat --help) && echo same
cmp <("$JOURNEY" help cat) <("$JOURNEY" cat -h --nonsense) && echo same
