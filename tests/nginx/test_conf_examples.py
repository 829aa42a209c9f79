"""conf-examples/: every one is a complete configuration that works."""

import glob
import os
import re
import shutil
import socket
import subprocess
import threading

import pytest

from conftest import MODULE, TOP, Jar, free_port, has

EXAMPLES = os.path.join(TOP, "conf-examples")
CONFS = sorted(glob.glob(os.path.join(EXAMPLES, "*.conf")))


def prefix(ng, conf):
    """Makes a prefix around an example: $dir in place of what belongs to the
    machine, one server on this nginx's port."""

    with open(conf) as f:
        text = f.read()

    if MODULE:
        os.makedirs(os.path.join(ng.dir, "modules"), exist_ok=True)
        os.symlink(MODULE, os.path.join(ng.dir, "modules",
                                        "ngx_http_journey_module.so"))
    else:
        text = re.sub(r"load_module .*", "", text)

    for folder in ("logs", "temp", "site", "html/blog", "spool"):
        os.makedirs(os.path.join(ng.dir, folder), exist_ok=True)

    with open(os.path.join(ng.dir, "journey.key"), "w") as f:
        f.write("00112233445566778899aabbccddeeff\n")
    os.chmod(f.name, 0o600)

    # The first server gets this nginx's port, each other one its own, and
    # so do those who talk to it.

    for i, old in enumerate(re.findall(r"\blisten +(\S+);", text)):
        new = "127.0.0.1:%d" % (free_port() if i else ng.port)
        text = re.sub(r"\b(listen|server)( +)%s;" % re.escape(old),
                      r"\g<1>\g<2>%s;" % new, text)

    # An nginx without threads knows no pool, and the log then has none.

    if not has("--with-threads"):
        text = re.sub(r"thread_pool .*| threads=journey", "", text)

    text = re.sub(r"(journey_log +)([\w.]+)", r"\1$dir/journey.jny", text)
    text = text.replace("/run/journey", "$dir/spool")
    text = text.replace("unix:/run/php/php-fpm.sock", "unix:$dir/php.sock")
    text = text.replace("server 127.0.0.1:8080", "server unix:$dir/app.sock")
    text = re.sub(r"^worker_processes .*", "worker_processes 1;", text,
                  flags=re.M)

    # What the machine would supply.

    http = "".join("    %s_temp_path temp;\n" % k for k in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        if not re.search(k + "_temp_path", text))
    http += "" if "access_log" in text else "    access_log off;\n"
    main = "daemon off;\n"
    main += "user root;\n" if os.geteuid() == 0 else ""
    main += "" if re.search(r"^pid ", text, re.M) else "pid nginx.pid;\n"

    ng.write(main + text.replace("http {\n", "http {\n" + http, 1))
    return ng


def test_there_are_examples():
    names = {os.path.basename(c) for c in CONFS}
    assert {"minimal.conf", "shop.conf", "proxied.conf"} <= names


@pytest.mark.parametrize("conf", CONFS, ids=os.path.basename)
def test_nginx_accepts_it(config, conf):
    code, said = prefix(config(), conf).test()
    assert code == 0, said
    assert "[warn]" not in said, said


def test_minimal(config):
    ng = prefix(config(), os.path.join(EXAMPLES, "minimal.conf")).start()
    ng.get("/index.html?utm_source=mail")
    ng.get("/assets/x.png")
    row, = ng.rows()
    assert (row["page"], row["source"]) == ("/index.html", "mail")


class Application(threading.Thread):
    """Answers each connection on a Unix socket with one canned answer."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(8)
        self.answer = answer
        self.heard = []
        self.start()

    def run(self):
        while True:
            c, _ = self.socket.accept()

            with c:
                data = c.recv(65536)

                if not data:
                    return

                self.heard.append(data)
                c.sendall(self.answer)

    def end(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.socket.getsockname())
        self.join()
        self.socket.close()


def test_proxied(config):
    ng = prefix(config(), os.path.join(EXAMPLES, "proxied.conf"))
    app = Application(os.path.join(ng.dir, "app.sock"),
                      b"HTTP/1.0 200 OK\r\nX-Journey-Value: 49.90\r\n"
                      b"X-Journey-Currency: EUR\r\nX-Journey-Order: A7\r\n"
                      b"X-Journey-Field-Plan: pro\r\n\r\npaid")
    ng.start()
    jar = Jar()
    first = ng.get("/signup/paid", jar=jar)
    again = ng.get("/signup/paid", jar=jar)
    ng.get("/x.css", jar=jar)
    rows = ng.rows()
    app.end()

    assert (first.text, again.text) == ("paid", "paid")
    assert not any(k.lower().startswith("x-journey")
                   for k, _ in first.headers + again.headers)
    assert first.one("Set-Cookie").endswith("SameSite=Lax; Secure")
    assert [(r["stage"], r["value"], r["currency"], r["order"], r["x_plan"])
            for r in rows] == [("purchase", 499000, "EUR", "A7", "pro"),
                               ("purchase", None, "", "", "pro")]
    visitor = "X-Visitor: %016x\r\n" % rows[0]["visitor"]
    assert visitor.encode() in app.heard[0]


def test_shop(config):
    ng = prefix(config(), os.path.join(EXAMPLES, "shop.conf"))

    def record(kind, data):
        return (bytes([1, kind, 0, 1]) + len(data).to_bytes(2, "big")
                + b"\0\0" + data)

    php = Application(os.path.join(ng.dir, "php.sock"), record(
        6, b"X-Order-Total: 20.00\r\nX-Order-Id: B1\r\n\r\nhello")
        + record(6, b"") + record(3, bytes(8)))
    ng.start()
    jar = Jar()
    ng.get("/?utm_source=mail", jar=jar)
    jar["consent"] = "necessary,analytics"
    for uri in ("/blog/one", "/product/7", "/cart", "/checkout/done"):
        ng.get(uri, {"Referer": "http://shop.test/?utm_source=mail"}, jar=jar)
    ng.get("/assets/x.png", jar=jar)
    rows = ng.rows()
    php.end()

    assert [(r["page"], r["stage"], r["value"], r["order"]) for r in rows] == [
        ("/", "awareness", None, ""),
        ("/blog/one", "awareness", None, ""),
        ("/product/7", "consideration", None, ""),
        ("/cart", "decision", None, ""),
        ("/checkout/done", "purchase", 200000, "B1")]
    assert [r["visitor"] is None for r in rows] == [True] + 4 * [False]
    assert [r["source"] for r in rows] == ["", "mail", "", "", ""]


def test_logrotate():
    path = os.path.join(EXAMPLES, "journey.logrotate")

    with open(path) as f:
        text = f.read()

    assert re.search(r"^    nocompress$", text, re.M)
    assert "kill -USR1" in text
    assert not re.search(r"^    (copytruncate|compress|create)\b", text, re.M)

    if shutil.which("logrotate"):
        p = subprocess.run(["logrotate", "--debug", path],
                           stderr=subprocess.PIPE)
        assert p.returncode == 0, p.stderr


def test_readme_shows_the_minimal_configuration():
    with open(os.path.join(EXAMPLES, "minimal.conf")) as f:
        text = f.read()

    with open(os.path.join(TOP, "README.md")) as f:
        shown = re.search(r"```nginx\n(.*?)```", f.read(), re.S).group(1)

    assert shown == text[text.index("load_module"):]
