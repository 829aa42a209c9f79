"""journey_upstream_headers: what the application says in its answer."""

import socket
import struct
import threading
import time

import pytest

from conftest import flags, needs

ON = "journey on; journey_privacy full; journey_upstream_headers on;"
HTTP = "journey_stages see buy; journey_field persona ''; journey_field t x;"
SAID = {"X-Journey-Stage": "buy", "X-Journey-Touchpoint": "paid: card",
        "X-Journey-Value": "49.90", "X-Journey-Currency": "eur",
        "X-Journey-Order": "A-1", "X-Journey-Field-Persona": "parent",
        "x-journey-field-unknown": "y"}
ROW = {"stage": "buy", "touchpoint": "paid: card", "value": 499000,
       "currency": "EUR", "order": "A-1", "x_persona": "parent", "x_t": "x"}


def fastcgi(answer):
    """The whole conversation of one FastCGI request, by its specification."""

    def record(kind, data):
        return struct.pack(">BBHHBB", 1, kind, 1, len(data), 0, 0) + data

    def serve(s):
        stdin = False
        while not stdin:
            _, kind, _, n, pad, _ = struct.unpack(">BBHHBB", receive(s, 8))
            receive(s, n + pad)
            stdin = (kind == 5 and n == 0)
        s.sendall(record(6, b"Status: 200 OK\r\n" + answer("\r\n"))
                  + record(6, b"") + record(3, bytes(8)))

    return serve


def uwsgi(answer):
    def serve(s):
        _, n, _ = struct.unpack("<BHB", receive(s, 4))
        receive(s, n)
        s.sendall(b"HTTP/1.1 200 OK\r\n" + answer("\r\n"))

    return serve


def plain(answer):
    def serve(s):
        got = b""
        while b"\r\n\r\n" not in got:
            part = s.recv(65536)
            if not part:
                return
            got += part
        s.sendall(b"HTTP/1.0 " + answer("\r\n", status=True))

    return serve


def receive(s, n):
    got = b""
    while len(got) < n:
        part = s.recv(n - len(got))
        if not part:
            raise EOFError
        got += part
    return got


class Application:
    """Answers each connection with the headers it has at that time."""

    def __init__(self, protocol):
        self.headers = dict(SAID)
        self.status = "200 OK"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = protocol(self.answer)
        self.asked = 0
        threading.Thread(target=self.run, daemon=True).start()

    def answer(self, end, status=False):
        text = (self.status + end if status else "") + "".join(
            "%s: %s%s" % (k, v, end) for k, v in self.headers.items())
        return (text + "Content-Type: text/plain" + end + end + "app").encode()

    def run(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            with s:
                try:
                    self.asked += 1
                    self.serve(s)
                except (EOFError, ConnectionError):
                    pass


@pytest.fixture
def app():
    made = []

    def make(protocol=plain):
        made.append(Application(protocol))
        return made[-1]

    yield make

    for a in made:
        a.listener.close()


def told(row):
    return {k: row[k] for k in ROW}


def hidden(answer):
    return not any(k.lower().startswith("x-journey") for k, _ in answer.headers)


PASS = [(plain, "proxy_pass http://127.0.0.1:%d;"),
        (fastcgi, "fastcgi_pass 127.0.0.1:%d;"),
        (uwsgi, "uwsgi_pass 127.0.0.1:%d;")]


@pytest.mark.parametrize("protocol,to", PASS,
                         ids=["proxy", "fastcgi", "uwsgi"])
def test_what_the_application_says(nginx, app, protocol, to):
    a = app(protocol)
    ng = nginx(http=HTTP, server="""
        location / { %s journey_stage see; journey_value 1 USD order=0;
                     journey_touchpoint t; add_header X-S $journey_stage;
                     add_header X-T $journey_touchpoint; %s }
        location /none { %s journey_upstream_headers off; %s }
        location /off { journey off; journey_upstream_headers on; %s }"""
               % (ON, to % a.port, ON.replace("journey_upstream_headers on;",
                                              ""), to % a.port, to % a.port))
    answer = ng.get("/x")
    assert answer.text == "app" and hidden(answer)
    assert (answer.one("X-S"), answer.one("X-T")) == ("buy", "paid: card")

    assert not hidden(ng.get("/none"))
    assert hidden(ng.get("/off"))

    a.headers = {"X-Journey-Stage": "", "X-Journey-Value": "7"}
    ng.get("/y")

    x, none, y = ng.rows()
    assert told(x) == ROW and x["page"] == "/x"
    assert (none["stage"], none["value"], none["x_persona"]) == ("", None, "")
    assert (y["stage"], y["value"], y["currency"], y["order"]) == (
        "see", 70000, "USD", "0")


def test_off_by_default_and_not_from_clients(nginx, app):
    a = app()
    a.headers = {}
    ng = nginx(http=HTTP, server="location / { %s proxy_pass"
                                 " http://127.0.0.1:%d; }"
                                 "location /d { journey on; journey_privacy"
                                 " full; proxy_pass http://127.0.0.1:%d; }"
               % (ON, a.port, a.port))
    ng.get("/", SAID)
    a.headers = dict(SAID)
    assert not hidden(ng.get("/d"))
    assert [(r["stage"], r["order"]) for r in ng.rows()] == 2 * [("", "")]


@pytest.mark.parametrize("page", [
    "error_page 500 =200 /sorry;",
    "error_page 500 =200 @sorry;",
    "error_page 500 /5.html;",
    "error_page 500 =200 @other;",
    "",
])
@pytest.mark.parametrize("intercept", ["on", "off"])
def test_errors(nginx, app, page, intercept):
    a, other = app(), app()
    a.status = "500 Oops"
    other.headers = {"X-Journey-Touchpoint": "other"}
    ng = nginx(http=HTTP, files={"5.html": "5"}, server="""
        location / { %s proxy_intercept_errors %s; %s
                     proxy_pass http://127.0.0.1:%d; }
        location /sorry { return 200 sorry; }
        location /5.html { internal; }
        location @sorry { return 200 sorry; }
        location @other { proxy_pass http://127.0.0.1:%d; }"""
               % (ON, intercept, page, a.port, other.port))
    answer = ng.get("/x")
    row, = ng.rows()
    assert hidden(answer)

    wanted = dict(ROW)
    if "@other" in page and intercept == "on":
        assert other.asked == 1
        wanted["touchpoint"] = "other"

    assert told(row) == wanted
    assert row["page"] == "/x" and "new" in flags(row)


@pytest.mark.parametrize("to", ["/file.html", "/proxied", "@named"])
def test_x_accel_redirect(nginx, app, to):
    a, other = app(), app()
    a.headers["X-Accel-Redirect"] = to
    other.headers = {}
    ng = nginx(http=HTTP, files={"file.html": "file"}, server="""
        location / { %s proxy_pass http://127.0.0.1:%d; }
        location = /file.html { internal; }
        location /proxied { internal; proxy_pass http://127.0.0.1:%d; }
        location @named { return 200 named; }""" % (ON, a.port, other.port))
    answer = ng.get("/x")
    assert answer.status == 200 and hidden(answer)
    assert answer.text.strip() in ("file", "app", "named")
    row, = ng.rows()
    assert told(row) == ROW


def test_only_the_application_sells(nginx, app):
    """MISS, BYPASS and EXPIRED are its own answers; HIT, STALE and
    REVALIDATED repeat one."""

    a = app()
    ng = nginx(http=HTTP + "proxy_cache_path cache keys_zone=c:1m;", server="""
        location / { %s proxy_cache c; proxy_cache_valid 200 1s;
                     proxy_cache_key $uri; proxy_cache_bypass $arg_bypass;
                     proxy_cache_use_stale http_500 error;
                     proxy_cache_revalidate on;
                     add_header X-C $upstream_cache_status;
                     proxy_pass http://127.0.0.1:%d; }""" % (ON, a.port))

    a.headers["ETag"] = '"1"'
    seen = [ng.get("/").one("X-C"), ng.get("/").one("X-C")]
    seen.append(ng.get("/?bypass=1").one("X-C"))

    time.sleep(2.1)                 # what is in the cache expires
    seen.append(ng.get("/").one("X-C"))
    time.sleep(2.1)
    a.status = "500 Oops"
    seen.append(ng.get("/").one("X-C"))
    a.status = "304 Not Modified"
    a.headers = {"ETag": '"1"', "X-Journey-Value": "3"}
    seen.append(ng.get("/").one("X-C"))

    assert seen == ["MISS", "HIT", "BYPASS", "EXPIRED", "STALE",
                    "REVALIDATED"]
    rows = ng.rows()
    assert [r["order"] for r in rows] == ["A-1", "", "A-1", "A-1", "", ""]
    assert [r["value"] is None for r in rows] == [
        False, True, False, False, True, True]
    assert {r["stage"] for r in rows} == {"buy"}
    assert {r["x_persona"] for r in rows} == {"parent"}


@needs("--with-http_auth_request_module")
def test_subrequests_say_nothing(nginx, app):
    a, auth = app(), app()
    a.headers = {}
    ng = nginx(http=HTTP, server="""
        location / { %s auth_request /auth; proxy_pass http://127.0.0.1:%d; }
        location /auth { proxy_pass http://127.0.0.1:%d; }"""
               % (ON, a.port, auth.port))
    ng.get("/")
    assert auth.asked == a.asked == 1
    row, = ng.rows()
    assert (row["stage"], row["order"]) == ("", "")


def test_exempt_takes_no_money_from_the_application_either(nginx, app):
    a = app()
    ng = nginx(http=HTTP, server="location / { %s proxy_pass"
                                 " http://127.0.0.1:%d; }"
               % (ON.replace("full", "exempt"), a.port))
    ng.get("/")
    row, = ng.rows()
    assert (row["stage"], row["value"], row["order"]) == ("buy", None, "")
