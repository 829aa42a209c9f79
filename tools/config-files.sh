#!/bin/sh
#
# usage: tools/config-files.sh                   (`make lists` does)
#
#     prints config with its two lists of files as the folders have them
#
#        tools/config-files.sh --without-nginx
#
#     prints the sources of the module that need nothing of nginx, directly or
#     by one of our headers: unit tests link them without an nginx

set -eu

LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/.."

if [ "${1:-}" = --without-nginx ]; then
    tied=$(grep -ls '^#include <ngx_' src/module/*.h src/module/*.c || true)
    more=$tied

    while [ -n "$more" ]; do
        names=$(basename -a $more | sed -n 's/\.h$/\\.h"/p' | paste -sd '|')
        [ -n "$names" ] || break

        more=$(grep -lEs "^#include \"($names)" src/module/*.h src/module/*.c \
            | grep -vxF "$tied" || true)
        tied="$tied
$more"
    done

    ls src/module/*.c 2>/dev/null | grep -vxF "$tied" || true
    exit 0
fi

awk '
    function list(pattern,    cmd, f) {
        cmd = "ls " pattern " 2>/dev/null"
        while ((cmd | getline f) > 0) {
            print "    " f " \\"
        }
        close(cmd)
        print "    \""
    }

    skip && /^    "$/   { skip = 0; next }
    skip                { next }
    { print }
    /^journey_deps=/    { skip = 1; list("src/format/*.h src/module/*.h") }
    /^journey_srcs=/    { skip = 1; list("src/format/*.c src/module/*.c") }
' config
