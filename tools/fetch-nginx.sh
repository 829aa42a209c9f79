#!/bin/bash
#
# Fetches nginx's source from Debian: the package of this system, or one of
# another release whose version begins as asked.
# usage: tools/fetch-nginx.sh DIR [VERSION]     (1.22, 1.26, 1.30, ...)
#
# The system's apt is neither changed nor needs deb-src lines: a private
# configuration beside DIR asks the system's own mirror for source packages,
# also of the releases that follow.

set -eu

export LC_ALL=C

src=$1
wanted=${2:-}

mkdir -p "$src.apt"
apt=$(cd "$src.apt" && pwd)


main()
{
    if [ -x "$src/configure" ]; then
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

    for version in $(private apt-cache showsrc --only-source nginx \
        | sed -n 's/^Version: //p' | sort -ruV | grep "^$wanted")
    do
        (cd "$apt/fetched" && private apt-get source "nginx=$version") \
            > "$apt/log" 2>&1 || continue

        mv "$apt/fetched"/nginx-*/ "$src"
        rm -rf "$apt/lists" "$apt/cache"
        echo "nginx: source of Debian's package $version is in $src"
        return
    done

    if [ -f "$apt/log" ]; then
        cat "$apt/log" >&2
    fi

    echo "nginx: no source package ${wanted:-of nginx} can be fetched" >&2
    exit 1
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
            *.list) sed -n 's/^deb /deb-src /p' "$f" ;;
            *.sources) sed 's/^Types:.*/Types: deb-src/' "$f" ;;
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
        echo "deb-src $mirror $suite main" > "$apt/sources/$suite.list"
    done
}


main
