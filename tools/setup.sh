#!/bin/bash
#
# Fetches what the build, the demo and the tests need, on Debian 12 and its
# relatives.  Says what and why, installs only what is missing, starts no
# service.  Run it as often as you like.
#
# usage: tools/setup.sh [demo|all]

set -eu

export LC_ALL=C DEBIAN_FRONTEND=noninteractive

cd "$(dirname "$0")/.."

# group  Debian package  what it is elsewhere and what it is for

packages="
demo  libc6-dev            C library headers
demo  libmsgpack-dev       msgpack-c: packs the rows of the log
demo  zlib1g-dev           zlib: deflates the log, in nginx
demo  libdeflate-dev       libdeflate: inflates the log, in the tool
demo  libsodium-dev        libsodium: SipHash and random ids
demo  liblz4-dev           LZ4: packs what the tool spills to disk
demo  libyaml-dev          libyaml: the model file, in the tool
demo  libxxhash-dev        xxHash: tells whether a file was imported before
demo  libpcre2-dev         PCRE2: nginx's headers want it
demo  libssl-dev           OpenSSL: nginx's headers want it
demo  python3              Python 3: drives the demo and the tests
test  libcmocka-dev        cmocka: unit tests
test  python3-pytest       pytest: nginx and oracle tests
test  python3-hypothesis   hypothesis: random journeys for the oracle
test  python3-msgpack      msgpack for Python: reads the log independently
test  python3-selenium     Selenium: looks at the report in a browser
test  chromium             Chromium: the browser, headless
test  chromium-driver      ChromeDriver: drives it
test  clang                clang: the second compiler, and libFuzzer
test  libclang-rt-14-dev   clang runtime: sanitizers and libFuzzer
test  clang-format         clang-format: the check of the formatting
test  cppcheck             cppcheck: static analysis
test  strace               strace: injects disk faults
test  goaccess             GoAccess: the peer of make bench-import
test  wrk                  wrk: load, for make bench-module
test  valgrind             valgrind: make test-valgrind, and counts instructions
test  curl                 curl: requests by hand and in tests
test  dpkg-dev             dpkg-source: nginx's source for the sanitized nginx
test  xz-utils             xz: unpacks it
test  patchelf             patchelf: lets a later Debian's nginx run here
test  libpopt0             popt: logrotate needs it
"

# Not installed but unpacked under build/.  Installing nginx opens port 80,
# installing logrotate starts a timer: nothing of that on your machine.

unpacked_demo="nginx nginx-common nginx-dev"
unpacked_test="logrotate"

group=${1:-all}


main()
{
    case $group in
        demo | all) ;;
        *) echo "usage: tools/setup.sh [demo|all]" >&2; exit 2 ;;
    esac

    if ! command -v apt-get > /dev/null || ! command -v dpkg > /dev/null; then
        no_apt
    fi

    install_missing

    unpack nginx $unpacked_demo
    fetch_bots

    if [ "$group" = all ]; then
        unpack logrotate $unpacked_test
    fi

    build/nginx/usr/sbin/nginx -v 2>&1 | sed 's/^/setup: ready, /'
}


# Lines of the table that belong to the group.

wanted()
{
    echo "$packages" | while read -r g name why; do
        case $group:$g in
            all:?* | demo:demo) echo "$name $why" ;;
        esac
    done
}


no_apt()
{
    cat >&2 <<END
setup: this system has no apt, so nothing was installed.
Install these by your system's own means (package in Debian, what it is):

$(wanted | sed 's/ /\t/' | expand -t 22 | sed 's/^/    /')

and get nginx's source: \`make NGX_SRC=DIR\` builds the module against it.
\`make tools\` needs no nginx.
END
    exit 1
}


install_missing()
{
    missing=$(wanted | while read -r name why; do
        installed "$name" || echo "$name"
    done)

    if [ -z "$missing" ]; then
        echo "setup: every package is there"
        return
    fi

    echo "setup: installing with apt-get:"
    wanted | while read -r name why; do
        installed "$name" || printf '    %-20s %s\n' "$name" "$why"
    done

    # shellcheck disable=SC2086
    with_fresh_lists install_all $missing
}


# apt's own words are many; they are shown if it fails.

install_all()
{
    mkdir -p build

    as_root apt-get install -qq -y --no-install-recommends "$@" \
        > build/setup.log 2>&1 || { tail -20 build/setup.log >&2; return 1; }
}


installed()
{
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}


as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"

    elif command -v sudo > /dev/null; then
        sudo DEBIAN_FRONTEND=noninteractive "$@"

    else
        echo "setup: neither root nor sudo; as root, run: $*" >&2
        return 1
    fi
}


# Package lists may be absent or too old to find a file still on the mirror:
# only then are they fetched.

with_fresh_lists()
{
    if ls /var/lib/apt/lists/*_Packages* > /dev/null 2>&1; then
        "$@" < /dev/null && return
        echo "setup: that failed, once more with fresh package lists"
    fi

    as_root apt-get update -qq
    "$@" < /dev/null
}


# unpack FOLDER PACKAGE...: into build/FOLDER, all or nothing.

unpack()
{
    dir=build/$1
    shift

    if [ -d "$dir" ]; then
        echo "setup: $dir is there"
        return
    fi

    echo "setup: unpacking $* into $dir (not installed, not started)"

    rm -rf "$dir.tmp"
    mkdir -p "$dir.tmp/debs"

    with_fresh_lists download "$dir.tmp/debs" "$@"

    for deb in "$dir.tmp/debs"/*.deb; do
        dpkg -x "$deb" "$dir.tmp"
    done

    mv "$dir.tmp" "$dir"
}


# Lists of crawlers, as tools/bots/package-lock.json says, into build/bots.
# Without them the tool has a short list of its own.

fetch_bots()
{
    if cmp -s tools/bots/package-lock.json build/bots/package-lock.json; then
        echo "setup: the lists of crawlers are there"
        return
    fi

    if ! command -v npm > /dev/null; then
        echo "setup: no npm, so no crawler-user-agents and isbot: fewer bots" \
             "are known by name"
        return
    fi

    echo "setup: fetching crawler-user-agents and isbot into build/bots"

    mkdir -p build/bots
    cp tools/bots/package.json build/bots
    cp tools/bots/package-lock.json build/bots/package-lock.json

    if ! (cd build/bots && npm ci --ignore-scripts --no-audit --no-fund \
          --loglevel=error) > build/bots/npm.log 2>&1
    then
        rm -f build/bots/package-lock.json
        tail -5 build/bots/npm.log >&2
        echo "setup: that failed: fewer bots are known by name" >&2
    fi
}


# As root apt would fetch as user _apt, who may not be able to write here.

download()
{
    (cd "$1" && shift && apt-get download -qq -o APT::Sandbox::User=root "$@")
}


main
