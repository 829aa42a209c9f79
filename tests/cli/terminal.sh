# A terminal gets no page of HTML; a pipe and -o do.

/usr/bin/python3 mklog.py shop.ndjson "$TMP/shop.jny"

/usr/bin/python3 - "$JOURNEY" "$TMP/shop.jny" "$TMP/page.html" <<'END'
import os, pty, subprocess, sys
journey, log, page = sys.argv[1:]


def on_terminal(*words):
    parent, child = pty.openpty()
    done = subprocess.run([journey, "report", *words, log], stdout=child,
                          stderr=subprocess.PIPE)
    os.set_blocking(parent, False)
    try:
        seen = len(os.read(parent, 100))
    except BlockingIOError:
        seen = 0
    print(words, done.returncode, seen > 0, done.stderr.decode().strip())


on_terminal()
on_terminal("-o", page)
on_terminal("--format", "json", "-o", "/dev/stdout")
END

"$JOURNEY" report "$TMP/shop.jny" | cmp - "$TMP/page.html"
