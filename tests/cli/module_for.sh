# make module NGINX=...: what is wrong with what was named, before it builds.

nginx=$TMP/nginx

printf '#!/bin/sh\necho "nginx version: nginx/9.8.7" >&2\n' > "$nginx"
chmod +x "$nginx"
mkdir -p "$TMP/src/src/core"
echo '#define NGINX_VERSION      "1.2.3"' > "$TMP/src/src/core/nginx.h"

try()
{
    (cd ../.. && NGX_SRC=${2:-} tools/module-for.sh "$1") 2>&1
    echo "exit $?"
}

try "$TMP/none"
try "$TMP"
try /bin/true
try "$nginx" "$TMP/src"
try "$nginx" "$TMP"
