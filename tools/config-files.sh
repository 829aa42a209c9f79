#!/bin/sh
#
# Prints config with its two lists of files as the folders have them.
# usage: tools/config-files.sh > config.new      (`make format` does)

set -eu

LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/.."

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
