#!/bin/bash
#
# Builds nginx itself together with the module, from source.
# usage: tools/build-nginx.sh SRC DIR KIND [CONFIGURE-OPTION...]
#
# static    DIR/nginx has the module inside
# dynamic   DIR/nginx loads DIR/ngx_http_journey_module.so
# module    only that module
# asan      static, both under AddressSanitizer and UndefinedBehaviorSanitizer

set -eu

export LC_ALL=C

top=$(cd "$(dirname "$0")/.." && pwd)
src=$1
out=$2
kind=$3
shift 3

mkdir -p "$out"
out=$(cd "$out" && pwd)

opt="-O2 -g -Wextra"
link=
add=--add-module

case $kind in
    static) ;;

    dynamic)
        add=--add-dynamic-module
        set -- --with-compat "$@"
        ;;

    module) add=--add-dynamic-module ;;

    # nginx itself hands NULL with length 0 to memcpy() and the like, so
    # undefined behaviour is reported but does not abort; tests/run leaves out
    # nginx's own files.  Linked dynamically, gcc's two runtimes would not both
    # obey log_path.  Each allocation of a pool is one of malloc()'s: else a
    # byte too far in one would be the first of the next, and not be seen.

    asan)
        san="-fsanitize=address,undefined"
        opt="-O1 -g -fno-omit-frame-pointer -Wextra $san -DNGX_DEBUG_PALLOC=1"
        link="$san -static-libasan -static-libubsan"

        # What main() returns with is not lost, but LeakSanitizer does not
        # look where main() was.

        sed -i 's/^    \(ngx_cycle_t  *\*cycle, init_cycle;\)/    static \1/' \
            "$src/src/core/nginx.c"
        ;;

    *)
        echo "build-nginx: \"$kind\" is none of static, dynamic, module, asan" >&2
        exit 2
        ;;
esac

cd "$src"

alike="$top $src $kind $*"

if [ ! -f "$out/objs/Makefile" ] || [ "$top/config" -nt "$out/objs/Makefile" ] \
    || [ "$(cat "$out/configured" 2> /dev/null)" != "$alike" ]
then
    rm -rf "$out/objs"

    ./configure --with-cc=gcc --with-cc-opt="$opt" --with-ld-opt="$link" \
        --builddir="$out/objs" "$add=$top" "$@" \
        > "$out/configure.log" 2>&1 \
        || { tail -40 "$out/configure.log" >&2; exit 1; }

    echo "$alike" > "$out/configured"
fi

case $kind in
    dynamic) goals="binary modules" ;;
    module) goals=modules ;;
    *) goals=binary ;;
esac

# shellcheck disable=SC2086
make -s -f "$out/objs/Makefile" -j 2 $goals \
    > "$out/make.log" 2>&1 || { tail -40 "$out/make.log" >&2; exit 1; }

if [ "$kind" = dynamic ] || [ "$kind" = module ]; then
    cp "$out/objs/ngx_http_journey_module.so" "$out/"
fi

if [ "$kind" != module ]; then
    cp "$out/objs/nginx" "$out/nginx"
    "$out/nginx" -v
fi
