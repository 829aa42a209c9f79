#!/bin/sh
#
# Builds the dynamic module against a configured-once copy of nginx's source.
# usage: tools/build-module.sh NGX_SRC BUILDDIR MODULE.so
#
# nginx loads a module only if both were configured alike.  Debian's nginx-dev
# says how in conf_flags; another tree is configured --with-compat, which is
# what other distributions' and nginx.org's own packages are built with.

set -eu

src=$1
out=$2
so=$3

top=$(cd "$(dirname "$0")/.." && pwd)
cc=${CC:-cc}

mkdir -p "$out"
out=$(cd "$out" && pwd)
so=$(cd "$(dirname "$so")" && pwd)/$(basename "$so")

cd "$src"

flags=--with-compat

if [ -f conf_flags ]; then
    flags=$(bash -c '. ./conf_flags; printf "%s\n" "${NGX_CONF_FLAGS[@]}"')
fi

# A new config, another compiler or another nginx means a new Makefile; the
# rest is make's.

alike="$cc
$(pwd -P)
$flags"

if [ ! -f "$out/Makefile" ] || [ "$top/config" -nt "$out/Makefile" ] \
    || [ "$(cat "$out/configured" 2>/dev/null)" != "$alike" ]
then
    rm -rf "$out"
    mkdir "$out"

    # clang forgets nginx's -Wno-unused-parameter at the sight of -Wextra.

    warn="-Wextra -Wno-unused-parameter"

    # shellcheck disable=SC2086
    ./configure $flags --with-cc="$cc" \
        --with-cc-opt="-O2 -g -fstack-protector-strong $warn" \
        --builddir="$out" --add-dynamic-module="$top" \
        > "$out.log" 2>&1 || { cat "$out.log" >&2; exit 1; }

    echo "$alike" > "$out/configured"
fi

make -s -f "$out/Makefile" modules

cp "$out/ngx_http_journey_module.so" "$so"
