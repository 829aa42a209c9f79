#!/bin/sh
#
# Static analysis of all C files; any finding fails.  nginx's headers are left
# out (its macros are taken as unknown calls), which costs little in src/module
# and saves minutes.

set -eu

cd "$(dirname "$0")/.."

# cppcheck cannot follow a pointer through memcpy(), which is how the two
# functions named below grow an array of any type.

exec cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -j 2 \
    --enable=warning,portability,performance \
    --suppress=missingIncludeSystem --suppress=unknownMacro \
    --suppress=memleakOnRealloc:tools/journey/engine/input.c \
    --suppress=memleak:tools/journey/engine/scan.c \
    -D__GNUC__ -DJNY_VERSION='""' -Isrc/format -Itools/journey \
    src tools/journey tools/loggen
