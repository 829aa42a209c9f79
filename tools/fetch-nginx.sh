#!/bin/bash
#
# Fetches nginx's source from Debian: the package of this system, or one of
# another release whose version begins as asked.
# usage: tools/fetch-nginx.sh DIR [VERSION [package]]     (1.22, 1.26, 1.30, ...)
#
# With "package" it is not the source but Debian's own nginx, ready to run, and
# what modules are built against, unpacked in DIR: usr/sbin/nginx,
# usr/share/nginx/src.  Libraries of that release lie beside it and are found
# there, so it runs on an older system.
#
# The system's apt is neither changed nor needs deb-src lines: a private
# configuration beside DIR asks the system's own mirror for source packages,
# also of the releases that follow.

set -eu

export LC_ALL=C

src=$1
wanted=${2:-}
kind=${3:-source}

case $kind in
    source) type=deb-src ;;
    package) type=deb ;;

    *)
        echo "fetch-nginx: \"$kind\" is neither source nor package" >&2
        exit 2
        ;;
esac

mkdir -p "$src.apt"
apt=$(cd "$src.apt" && pwd)


main()
{
    if [ -x "$src/configure" ] || "$src/usr/sbin/nginx" -v 2> /dev/null; then
        return
    fi

    rm -rf "$apt" "$src"
    mkdir -p "$apt/sources" "$apt/lists/partial" \
        "$apt/cache/archives/partial" "$apt/fetched"

    own_sources

    if [ -n "$wanted" ]; then
        later_sources
    fi

    # A foreign source without source packages is no reason to stop.

    private apt-get update 2>&1 | grep -v '^W:' || true

    # The newest may be gone from a mirror that still lists it.

    for version in $("versions_of_$kind" | sort -ruV | grep "^$wanted"); do

        if "fetch_$kind" "$version" > "$apt/log" 2>&1; then
            rm -rf "$apt/lists" "$apt/cache"
            echo "nginx: $kind of Debian's nginx $version is in $src"
            return
        fi
    done

    if [ -f "$apt/log" ]; then
        cat "$apt/log" >&2
    fi

    echo "nginx: no $kind of nginx ${wanted:+$wanted }can be fetched" >&2
    exit 1
}


versions_of_source()
{
    private apt-cache showsrc --only-source nginx | sed -n 's/^Version: //p'
}


fetch_source()
{
    (cd "$apt/fetched" && private apt-get source "nginx=$1") \
        && mv "$apt/fetched"/nginx-*/ "$src"
}


versions_of_package()
{
    private apt-cache show nginx | sed -n 's/^Version: //p'
}


# The libraries are the newest there are, libc6 first: nginx is told where its
# loader and they lie.

fetch_package()
{
    local deb tree lib loader

    tree=$apt/fetched/tree
    rm -rf "$tree"

    (cd "$apt/fetched" && private apt-get download "nginx=$1" "nginx-dev=$1" \
        libc6 libcrypt1 libpcre2-8-0 libssl3t64 libzstd1 zlib1g) || return 1

    for deb in "$apt/fetched"/*.deb; do
        dpkg -x "$deb" "$tree" || return 1
    done

    mv "$tree" "$src" || return 1

    loader=$(basename "$(patchelf --print-interpreter "$src/usr/sbin/nginx")")
    loader=$(find "$src" -name "$loader" -type f | head -n 1)
    loader=$(readlink -f "$loader")
    lib=$(dirname "$loader")

    patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$lib" \
        "$src/usr/sbin/nginx" || { rm -rf "$src"; return 1; }
}


# apt-get or apt-cache with the private configuration.

private()
{
    local tool=$1
    shift

    "$tool" -qq -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$apt/sources" \
        -o Dir::State::Lists="$apt/lists" \
        -o Dir::Cache="$apt/cache" \
        -o APT::Sandbox::User=root "$@"
}


own_sources()
{
    local f

    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        case $f in
            *.list) sed -n "s/^deb /$type /p" "$f" ;;
            *.sources) sed "s/^Types:.*/Types: $type/" "$f" ;;
        esac > "$apt/sources/$(basename "$f")" 2>/dev/null || true
    done
}


# The place that this release comes from also has the next ones.

later_sources()
{
    local codename mirror suite

    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")

    mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME) $(COMPONENT)' \
        "Created-By: Packages" | sed -n "s/ $codename main\$//p" | head -n 1)

    if [ -z "$mirror" ]; then
        return
    fi

    for suite in trixie sid; do
        echo "$type $mirror $suite main" > "$apt/sources/$suite.list"
    done
}


main
