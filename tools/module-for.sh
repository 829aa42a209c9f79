#!/bin/bash
#
# Builds the module for an nginx that is installed, and tries it.
# usage: tools/module-for.sh NGINX     (writes build/module-VERSION/)
#
# nginx refuses a module whose signature differs from its own: the version,
# and what of it was configured (--with-compat, threads, OpenSSL, ...).  So
# the source must be of the very version, configured as `nginx -V` says.

set -eu

export LC_ALL=C

cd "$(dirname "$0")/.."

nginx=$1

# nginx takes a variable of this name, make's, for inherited sockets.
unset NGINX

if [ ! -f "$nginx" ] || [ ! -x "$nginx" ]; then
    cat >&2 <<END
module: $nginx is no program.
Name the nginx that is to load the module: make module NGINX=/usr/sbin/nginx
END
    exit 1
fi

said=$("$nginx" -V 2>&1) || true

version=$(sed -n 's|^nginx version: [^/]*/\([0-9.]*\).*|\1|p' <<< "$said")
arguments=$(sed -n 's/^configure arguments: //p' <<< "$said")

if [ -z "$version" ]; then
    cat >&2 <<END
module: $nginx is no nginx, or does not run.  It answers to -V:
$said
END
    exit 1
fi


main()
{
    echo "module: for $nginx, version $version"

    src=$(source_of_version)
    out=build/module-$version

    # Its own modules need not be built again, and their sources are not here.

    eval "set -- $arguments"

    options=()
    for option; do
        case $option in
            --add-module=* | --add-dynamic-module=* | --builddir=*) ;;
            --with-cc-opt=* | --with-ld-opt=* | --with-cc=*) ;;
            *=dynamic) ;;
            *) options+=("$option") ;;
        esac
    done

    mkdir -p "$out"

    tools/build-nginx.sh "$src" "$out" module "${options[@]}"

    try "$out/ngx_http_journey_module.so"

    cat <<END
module: $out/ngx_http_journey_module.so
module: $nginx loads it.  Copy it to the folder of its modules and put
module: load_module modules/ngx_http_journey_module.so; first in nginx.conf.
END
}


# The version that a tree of nginx's source is of.

version_in()
{
    sed -n 's/^#define NGINX_VERSION *"\(.*\)"/\1/p' "$1/src/core/nginx.h" \
        2> /dev/null || true
}


source_of_version()
{
    local src found

    if [ -n "${NGX_SRC:-}" ]; then
        found=$(version_in "$NGX_SRC")

        if [ "$found" != "$version" ]; then
            cat >&2 <<END
module: $nginx is version $version, NGX_SRC=$NGX_SRC holds ${found:-no nginx}.
Unpack the source of $version, or leave NGX_SRC out to have it looked for.
END
            exit 1
        fi

        echo "$NGX_SRC"
        return
    fi

    # Debian's nginx-dev lies beside its nginx.

    for src in "$(dirname "$nginx")/../share/nginx/src" /usr/share/nginx/src \
        "build/src-$version"
    do
        if [ "$(version_in "$src")" = "$version" ]; then
            readlink -f "$src"
            return
        fi
    done

    if tools/fetch-nginx.sh "build/src-$version" "$version" >&2; then
        echo "build/src-$version"
        return
    fi

    cat >&2 <<END
module: there is no source of nginx $version here.
A module is loaded only by the nginx version it was built against.  Unpack the
source of $version and say where: make module NGINX=$nginx NGX_SRC=DIR
END
    exit 1
}


# -t would write a pid and logs where the configuration says: nowhere else.

try()
{
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    mkdir "$dir/logs"

    cat > "$dir/nginx.conf" <<END
load_module $(readlink -f "$1");
error_log stderr;
pid $dir/nginx.pid;
events { }
http { access_log off; }
END

    if said=$("$nginx" -t -q -p "$dir" -c "$dir/nginx.conf" 2>&1); then
        return
    fi

    case $said in
        *"is already loaded"*)
            echo "module: $nginx has it inside: there is nothing to load." >&2
            ;;

        *"is not binary compatible"*)
            cat >&2 <<END
module: $nginx does not load it:
$said
It was configured in a way that its -V does not tell.  Take the source that it
was built from, with its patches and conf_flags: make module NGX_SRC=DIR
END
            ;;

        *)
            echo "module: $nginx does not load it:" >&2
            echo "$said" >&2
            ;;
    esac

    exit 1
}


main
