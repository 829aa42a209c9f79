#!/bin/sh
#
# Builds nginx with the module inside it, both under AddressSanitizer and
# UndefinedBehaviorSanitizer, from Debian's source package.
# usage: tools/build-nginx-asan.sh DIR          (writes DIR/nginx)
#
# The system's apt is neither changed nor needs deb-src lines: a private
# configuration in DIR/apt asks the system's own sources for source packages.

set -eu

LC_ALL=C
export LC_ALL

top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)


main()
{
    if [ ! -x "$out/src/configure" ]; then
        fetch
    fi

    if [ ! -f "$out/objs/Makefile" ] \
        || [ "$top/config" -nt "$out/objs/Makefile" ]
    then
        configure
    fi

    make -s -C "$out/src" -f "$out/objs/Makefile" -j 2 binary \
        > "$out/make.log" 2>&1 || { tail -40 "$out/make.log" >&2; exit 1; }

    cp "$out/objs/nginx" "$out/nginx"
    "$out/nginx" -v
}


# apt-get or apt-cache with the private configuration.

private()
{
    tool=$1
    shift

    "$tool" -qq -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$out/apt/sources" \
        -o Dir::State::Lists="$out/apt/lists" \
        -o Dir::Cache="$out/apt/cache" \
        -o APT::Sandbox::User=root "$@"
}


fetch()
{
    rm -rf "$out/apt" "$out/fetched" "$out/src"
    mkdir -p "$out/apt/sources" "$out/apt/lists/partial" \
        "$out/apt/cache/archives/partial" "$out/fetched"

    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        name=$(basename "$f")

        case $f in
            *.list) sed -n 's/^deb /deb-src /p' "$f" ;;
            *.sources) sed 's/^Types:.*/Types: deb-src/' "$f" ;;
        esac > "$out/apt/sources/$name" 2>/dev/null || true
    done

    # A foreign source without source packages is no reason to stop.

    private apt-get update 2>&1 | grep -v '^W:' || true

    # The newest may be gone from a mirror that still lists it.

    for version in $(private apt-cache showsrc --only-source nginx \
        | sed -n 's/^Version: //p' | sort -rV)
    do
        (cd "$out/fetched" && private apt-get source "nginx=$version") \
            > "$out/fetch.log" 2>&1 || continue

        echo "nginx-asan: from Debian's source package nginx $version"
        mv "$out/fetched"/nginx-*/ "$out/src"
        return
    done

    cat "$out/fetch.log" >&2
    echo "nginx-asan: Debian's source package of nginx cannot be fetched" >&2
    exit 1
}


# Configured as Debian's nginx-dev says, but static and under the sanitizers.
# nginx itself hands NULL with length 0 to memcpy() and the like, so undefined
# behaviour is reported but does not abort; tests/run leaves out nginx's own
# files.  Linked dynamically, gcc's two runtimes would not both obey log_path.

configure()
{
    san="-fsanitize=address,undefined"

    flags=$(bash -c '. "$1"; printf "%s\n" "${NGX_CONF_FLAGS[@]}"' - \
        "$top/build/nginx/usr/share/nginx/src/conf_flags")

    cd "$out/src"

    # shellcheck disable=SC2086
    ./configure $flags --with-cc=gcc \
        --with-cc-opt="-O1 -g -fno-omit-frame-pointer -Wextra $san" \
        --with-ld-opt="$san -static-libasan -static-libubsan" \
        --builddir="$out/objs" --add-module="$top" \
        > "$out/configure.log" 2>&1 \
        || { tail -40 "$out/configure.log" >&2; exit 1; }
}


main
