#!/bin/sh
# embed-page.sh DIR - the report's page as C: DIR/report.html with its style
# and script put in, cut at @DATA@ into jny_page_head and jny_page_tail.

set -eu

page=$1

literal() {
    printf '\nconst char  %s[] =\n' "$1"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/'
    printf '    ;\n'
}

whole() {
    sed -e "/^@CSS@\$/ { r $page/report.css
                         d; }" \
        -e "/^@JS@\$/ { r $page/report.js
                        d; }" "$page/report.html"
}

echo "/* Made by tools/embed-page.sh from $page. */"
echo
echo '#include "render/report.h"'
echo
whole | sed -e '/@DATA@/ { s/@DATA@.*//; q; }' | literal jny_page_head
whole | sed -e '1,/@DATA@/ { /@DATA@/!d; s/.*@DATA@//; }' | literal jny_page_tail
