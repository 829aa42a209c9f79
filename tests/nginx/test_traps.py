"""nginx's traps: where the obvious implementation is wrong."""

import os
import socket
import time

import pytest

from conftest import COOKIE, Jar, flags, free_port, needs, wait_for

ON = "journey on; journey_privacy full;"


def cookie_of(response):
    """The one Set-Cookie of ours: its value."""

    line, = [v for v in response.all("Set-Cookie")
             if v.startswith(COOKIE + "=")]
    return line.split(";")[0].split("=", 1)[1]


# The location first entered supplies the directives.

def test_try_files_keeps_the_page_and_the_location(nginx):
    ng = nginx(
        server="""
            location / {
                %s journey_stage browsing; journey_field team shop;
                try_files $uri /index.php;
            }
            location = /index.php {
                %s journey_stage php; journey_page php; return 200 $uri;
            }""" % (ON, ON))
    assert ng.get("/products/Lamp/?x=1").text == "/index.php"
    row, = ng.rows()
    assert (row["page"], row["touchpoint"], row["stage"], row["x_team"]) == (
        "/products/Lamp", "/products/Lamp", "browsing", "shop")


def test_index_redirect(nginx):
    ng = nginx(files={"dir/index.html": "x"}, server="""
        location / { %s journey_stage a; }
        location ~ html$ { %s journey_stage b; }""" % (ON, ON))
    ng.get("/dir/")
    ng.get("/dir")
    rows = ng.rows()
    assert [(r["page"], r["stage"], r["status"]) for r in rows] == [
        ("/dir", "a", 200), ("/dir", "a", 301)]


def test_error_page(nginx):
    ng = nginx(files={"404.html": "gone"}, server="""
        error_page 404 /404.html;
        location / { %s journey_stage a; }
        location = /404.html { %s journey_stage error; }""" % (ON, ON))
    answer = ng.get("/missing")
    assert (answer.status, answer.text) == (404, "gone")
    cookie_of(answer)
    row, = ng.rows()
    assert (row["page"], row["stage"], row["status"]) == ("/missing", "a", 404)
    assert flags(row) == {"new", "sent"}


def test_error_page_of_a_location_that_is_off(nginx):
    """Assets are off; their error page must not count for them."""

    ng = nginx(files={"404.html": "gone"}, server="""
        error_page 404 /404.html;
        location / { %s }
        location /assets/ { }
        location = /return { return 404; }""" % ON)
    assert ng.get("/assets/x.png").text == "gone"
    assert ng.get("/return").text == "gone"
    assert ng.get("/404.html").status == 200
    assert [r["page"] for r in ng.rows()] == ["/404.html"]


@pytest.mark.parametrize("where", ["location", "server"])
def test_return_with_error_page(nginx, where):
    """"return 404" ends the request in the rewrite phase already."""

    server = {"location": "location / { %s journey_stage a; return 404; }" % ON,
              "server": "%s journey_stage a; if ($uri != /404.html) {"
                        " return 404; }" % ON}[where]
    ng = nginx(files={"404.html": "gone"}, server=server + """
        error_page 404 /404.html;
        location = /404.html { journey off; }""")
    assert ng.get("/x").text == "gone"
    row, = ng.rows()
    assert (row["page"], row["stage"], row["status"]) == ("/x", "a", 404)
    assert flags(row) == {"new", "sent"}


def test_redirects_count(nginx):
    """A campaign's link often is a "return 301"."""

    ng = nginx(server="""
        location = /go { %s return 301 /shop?x=1; }
        location /old { %s rewrite ^ /new redirect; }
        location = /new { }""" % (ON, ON))
    a = ng.get("/go?utm_source=mail")
    b = ng.get("/old/1?utm_source=post", jar=Jar({COOKIE: cookie_of(a)}))
    assert (a.status, b.status) == (301, 302)
    assert a.one("Cache-Control") == "private"
    rows = ng.rows()
    assert [(r["page"], r["source"], r["status"]) for r in rows] == [
        ("/go", "mail", 301), ("/old/1", "post", 302)]
    assert rows[0]["visitor"] == rows[1]["visitor"]


def test_server_level_return(nginx):
    ng = nginx(server="%s return 302 https://shop.test$request_uri;" % ON)
    cookie_of(ng.get("/a?utm_source=x"))
    row, = ng.rows()
    assert (row["page"], row["source"], row["status"]) == ("/a", "x", 302)


def test_rewrites(nginx):
    """The server's own rewrites come before the first location, a location's
    come after it."""

    ng = nginx(server="""
        rewrite ^/s/ /first last;
        location = /first { %s journey_stage first; rewrite ^ /second last; }
        location = /second { %s journey_stage second; return 200 $uri; }
        location = /off { rewrite ^ /second last; }""" % (ON, ON))
    assert ng.get("/s/1?utm_term=t").text == "/second"
    assert ng.get("/off").text == "/second"
    row, = ng.rows()
    assert (row["page"], row["stage"], row["term"]) == ("/s/1", "first", "t")


def test_named_location(nginx):
    ng = nginx(server="""
        location / { %s journey_stage a; try_files /none @app; }
        location @app { %s journey_stage b; add_header X $journey_stage;
                        return 204; }""" % (ON, ON))
    assert ng.get("/x").one("X") == "a"
    assert ng.rows()[0]["stage"] == "a"


# One context: headers, subrequests and upstreams tell of one visitor.

@needs("--with-http_auth_request_module")
def test_auth_request_and_proxy_see_the_recorded_visitor(nginx):
    port = free_port()
    ng = nginx(
        http="log_format v '$request_uri $http_x_v';",
        server="""
            location / {
                %s
                auth_request /auth;
                proxy_pass http://127.0.0.1:%d;
                proxy_set_header X-V $journey_visitor;
                add_header X-V $journey_visitor;
            }
            location = /auth {
                internal;
                proxy_pass http://127.0.0.1:%d/auth;
                proxy_set_header X-V $journey_visitor;
                proxy_pass_request_body off;
            }""" % (ON, port, port),
        servers="server { listen 127.0.0.1:%d; access_log seen.log v;"
                " location / { return 200 ok; } }" % port)
    answer = ng.get("/page")
    cookie_of(answer)
    row, = ng.rows()
    visitor = "%016x" % row["visitor"]

    assert answer.all("X-V") == [visitor]

    with open(os.path.join(ng.dir, "seen.log")) as f:
        assert f.read().split("\n")[:2] == ["/auth " + visitor,
                                            "/page " + visitor]


@needs("--with-http_auth_request_module")
def test_auth_request_denied(nginx):
    ng = nginx(server="""
        location / { %s journey_stage a; auth_request /auth; }
        location = /auth { %s return 403; }""" % (ON, ON))
    assert ng.get("/").status == 403
    row, = ng.rows()
    assert (row["page"], row["stage"], row["status"]) == ("/", "a", 403)


def test_subrequests_make_no_rows(nginx):
    ng = nginx(
        files={"index.html": '<!--# include virtual="/part" -->'
               '<!--# include virtual="/part?2" -->', "part": "(part)"},
        server="""
            log_subrequest on;
            location / { %s ssi on; mirror /mirror; }
            location = /mirror { %s internal; return 204; }
            location = /part { %s journey_stage part; ssi on;
                               return 200 "$journey_touchpoint $journey_visitor";
            }""" % (ON, ON, ON))
    answer = ng.get("/")
    rows = ng.rows()
    assert len(rows) == 1
    assert answer.text == 2 * ("/ %016x" % rows[0]["visitor"])
    assert rows[0]["stage"] == ""


def test_x_accel_redirect(nginx):
    port = free_port()
    ng = nginx(
        files={"secret/f.html": "file"},
        server="""
            location / { %s journey_stage a;
                         proxy_pass http://127.0.0.1:%d; }
            location /secret/ { internal; add_header X-S "$journey_stage";
                                expires max; }""" % (ON, port),
        servers="server { listen 127.0.0.1:%d;"
                " location / { add_header X-Accel-Redirect /secret/f.html;"
                " return 200; } }" % port)
    answer = ng.get("/download")
    assert (answer.text, answer.one("X-S")) == ("file", "a")
    assert answer.one("Cache-Control") == "private"
    cookie_of(answer)
    row, = ng.rows()
    assert (row["page"], row["stage"]) == ("/download", "a")
    assert flags(row) == {"new", "sent"}


def test_intercepted_error(nginx):
    port = free_port()
    ng = nginx(
        server="""
            location / { %s journey_stage a; proxy_intercept_errors on;
                         error_page 500 502 = @sorry;
                         proxy_pass http://127.0.0.1:%d; }
            location @sorry { return 503 sorry; }""" % (ON, port),
        servers="server { listen 127.0.0.1:%d; return 500; }" % port)
    answer = ng.get("/x")
    assert (answer.status, answer.text) == (503, "sorry")
    cookie_of(answer)
    row, = ng.rows()
    assert (row["status"], row["stage"]) == (503, "a")


# A minting response is private.

PRIVATE = [
    ("", "private"),
    ("expires max;", "private"),
    ("expires 1h;", "private"),
    ("expires epoch;", "private"),
    ("add_header Cache-Control 'public, max-age=600' always;", "private"),
    ("expires 1d; add_header Cache-Control public;"
     " add_header Cache-Control s-maxage=9;", "private"),
    ("add_header Cache-Control no-store;", "private, no-store"),
    ("expires max; add_header Cache-Control 'max-age=0, NO-STORE';",
     "private, no-store"),
]


@pytest.mark.parametrize("directives,wanted", PRIVATE)
@pytest.mark.parametrize("content", ["", "return 200 x;"])
def test_minting_is_private(nginx, content, directives, wanted):
    ng = nginx(server="location / { %s %s %s }" % (ON, directives, content))
    jar = Jar()
    first = ng.get("/", jar=jar)
    second = ng.get("/", jar=jar)

    cookie_of(first)
    assert first.all("Cache-Control") == [wanted]
    assert first.all("Expires") == []
    assert second.all("Set-Cookie") == []

    plain = nginx(server="location / { %s %s }" % (directives, content))
    untouched = plain.get("/")
    assert second.all("Cache-Control") == untouched.all("Cache-Control")
    assert len(second.all("Expires")) == len(untouched.all("Expires"))


def test_minting_is_private_behind_an_upstream(nginx):
    port = free_port()
    ng = nginx(
        server="location / { %s expires 1h; proxy_pass http://127.0.0.1:%d; }"
        % (ON, port),
        servers="""server { listen 127.0.0.1:%d;
            location / { expires 10m;
                add_header Cache-Control public;
                add_header CDN-Cache-Control max-age=60;
                add_header Cloudflare-CDN-Cache-Control max-age=60;
                add_header Surrogate-Control max-age=60;
                add_header Set-Cookie session=1;
                return 200 x; } }""" % port)
    answer = ng.get("/")
    cookie_of(answer)
    assert answer.all("Cache-Control") == ["private"]
    assert "session=1" in answer.all("Set-Cookie")

    for name in ("Expires", "CDN-Cache-Control", "Surrogate-Control",
                 "Cloudflare-CDN-Cache-Control"):
        assert answer.all(name) == [], name


def test_nginx_own_cache_keeps_no_cookie(nginx):
    port = free_port()
    ng = nginx(
        http="proxy_cache_path cache keys_zone=c:1m;",
        server="location / { %s proxy_cache c; proxy_cache_valid 1h;"
               " add_header X-C $upstream_cache_status;"
               " proxy_pass http://127.0.0.1:%d; }" % (ON, port),
        servers="server { listen 127.0.0.1:%d; location / { return 200 x; } }"
        % port)
    answers = [ng.get("/") for _ in range(3)]
    assert [a.one("X-C") for a in answers] == ["MISS", "HIT", "HIT"]
    assert len({cookie_of(a) for a in answers}) == 3
    assert len({r["visitor"] for r in ng.rows()}) == 3


def test_range_not_satisfiable(nginx):
    """The range filter refuses a response that has the cookie already."""

    ng = nginx(server="location / { %s expires max; }" % ON)
    answer = ng.get("/index.html", {"Range": "bytes=999-"})
    assert answer.status == 416
    cookie_of(answer)
    assert answer.all("Cache-Control") == ["private"]
    row, = ng.rows()
    assert flags(row) == {"new", "sent"}


def test_not_modified(nginx):
    ng = nginx(server="location / { %s expires max; }" % ON)
    jar = Jar()
    tag = ng.get("/index.html", jar=jar).one("ETag")
    known = ng.get("/index.html", {"If-None-Match": tag}, jar=jar)
    fresh = ng.get("/index.html", {"If-None-Match": tag})
    assert (known.status, fresh.status) == (304, 304)
    assert known.one("Cache-Control") == "max-age=315360000"
    assert fresh.one("Cache-Control") == "private"
    assert [flags(r) for r in ng.rows()] == [
        {"new", "sent"}, {"returned"}, {"new", "sent"}]


# What the record says of Set-Cookie is what happened.

def test_nothing_sent_nobody_minted(nginx):
    """444 sends no header at all: the id would be one nobody has."""

    ng = nginx(server="location / { %s return 444; }" % ON)
    assert ng.raw(b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n") == b""
    row, = ng.rows()
    assert (row["visitor"], row["status"], flags(row)) == (None, 444, set())


def test_client_gone_before_the_answer(nginx):
    """An id that only the upstream has seen is in the row, unsent."""

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        ng = nginx(server="""
            location /told { %s proxy_set_header X-V $journey_visitor;
                             proxy_pass http://127.0.0.1:%d; }
            location / { %s proxy_pass http://127.0.0.1:%d; }"""
                   % (ON, s.getsockname()[1], ON, s.getsockname()[1]))

        for path in ("/told", "/"):
            with socket.create_connection(("127.0.0.1", ng.port)) as c:
                c.sendall(("GET %s HTTP/1.1\r\nHost: shop.test\r\n\r\n"
                           % path).encode())
                up, _ = s.accept()
                got = up.recv(65536)

                if path == "/told":
                    seen = got.split(b"X-V: ")[1][:16]

            wait_for(lambda: ng.error_text().count("prematurely closed")
                     > (path == "/"), "499")
            up.close()

        told, quiet = ng.rows()
        assert (told["status"], quiet["status"]) == (499, 499)
        assert flags(told) == {"new"}
        assert b"%016x" % told["visitor"] == seen
        assert (quiet["visitor"], flags(quiet)) == (None, set())


# Malformed requests: a record, never a crash.

RAW = {
    "HTTP/0.9": (b"GET /old\r\n", {"page": "/old", "visitor": None}),
    "no Host, 1.0": (b"GET /a HTTP/1.0\r\n\r\n",
                     {"page": "/a", "status": 200, "host": "shop.test"}),
    "no Host, 1.1": (b"GET /a HTTP/1.1\r\n\r\n",
                     {"status": 400, "visitor": None, "page": "/a"}),
    "two Hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                  {"status": 400, "visitor": None}),
    "bad Host": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
                 {"status": 400, "visitor": None}),
    "other Host": (b"GET / HTTP/1.1\r\nHost: Else.Example:99\r\n"
                   b"Connection: close\r\n\r\n", {"host": "else.example"}),
    "no method": (b"\r\n\r\n\0\1\2\r\n", {"status": 400, "page": ""}),
    "TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 80,
                  {"status": 400, "visitor": None, "page": ""}),
    "empty URI": (b"GET  HTTP/1.1\r\n\r\n", {"status": 400}),
    "absolute URI": (b"GET http://x.test/a/?b HTTP/1.1\r\nHost: y\r\n"
                     b"Connection: close\r\n\r\n",
                     {"page": "/a", "host": "x.test"}),
    "absolute URI without path": (
        b"GET http://x.test?utm_source=q HTTP/1.1\r\nHost: y\r\n"
        b"Connection: close\r\n\r\n",
        {"page": "/", "host": "x.test", "source": "q"}),
    "huge URI": (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                 {"status": 414, "visitor": None}),
    "long URI": (b"GET /" + b"a" * 7000 + b" HTTP/1.1\r\nHost: x\r\n"
                 b"Connection: close\r\n\r\n", {"status": 200}),
    "huge header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 40000
                    + b"\r\n\r\n", {"status": 400, "visitor": None}),
    "bad header": (b"GET / HTTP/1.1\r\nHost: x\r\nA\0b: c\r\n\r\n",
                   {"status": 400}),
    "space before colon": (b"GET / HTTP/1.1\r\nHost: x\r\nCookie : a\r\n\r\n",
                           {"status": 400}),
    "half a request": (b"GET / HTTP/1.1\r\nHost: x\r\nCookie", {}),
    "bytes in the URI": (b"GET /\xff\xfe%FF/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n"
                         b"Connection: close\r\n\r\n",
                         {"page": "/%FF%FE%FF/\u00e9", "status": 200}),
    "nul in the URI": (b"GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
                       {"status": 400}),
    "bytes everywhere": (
        b"GET /?utm_source=%ff\xfe&utm_medium=%c3%28&utm_term=%ed%a0%80"
        b" HTTP/1.1\r\nHost: x\r\nUser-Agent: a\xff\x01b\r\n"
        b"Referer: http://\xff.test/\r\nCookie: jny=\xff\xfe; \xff=1\r\n"
        b"Connection: close\r\n\r\n",
        {"source": "%FF%FE", "medium": "%C3(", "term": "%ED%A0%80",
         "agent": "a%FF\x01b", "referrer": "%FF.test"}),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                  b"\r\n", {"visitor": None}),
    "chunked rubbish": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                        b"chunked\r\n\r\nzz\r\n", {"visitor": None}),
    "cookies without end": (
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"jny=;" * 1000
        + b"jny\r\nConnection: close\r\n\r\n", {"status": 200}),
}


@pytest.mark.parametrize("name", RAW)
def test_malformed(nginx, name):
    data, wanted = RAW[name]
    ng = nginx(server="%s location / { return 200 x; }" % ON)
    ng.raw(data)
    assert ng.get("/alive").status == 200
    rows = ng.rows()

    assert rows.pop()["page"] == "/alive"
    assert len(rows) == (name != "half a request" or len(rows))
    assert all(rows[0][k] == v for k, v in wanted.items()), rows


def test_long_texts_are_cut(nginx):
    ng = nginx(server="%s journey_field f $http_x_f; location / { return 200; }"
               % ON)
    ng.get("/" + "p" * 3000 + "?utm_source=" + "s" * 3000,
           {"X-F": "f" * 3000, "User-Agent": "u" * 3000})
    row, = ng.rows()
    assert row["page"] == "/" + "p" * 1023
    assert row["source"] == "s" * 1024
    assert row["x_f"] == "f" * 1024
    assert row["agent"] == "u" * 256


def test_times(nginx):
    """The row's time is the log phase's; the start is time - latency."""

    port = free_port()
    ng = nginx(server="%s location / { proxy_pass http://127.0.0.1:%d; }"
               % (ON, port),
               servers="server { listen 127.0.0.1:%d; location / {"
               " limit_rate 100; return 200 '%s'; } }" % (port, "x" * 150))
    before = time.time() * 1000
    ng.get("/")
    after = time.time() * 1000
    row, = ng.rows()
    assert row["latency"] >= 900
    assert before - 50 <= row["time"] - row["latency"]
    assert row["time"] <= after + 50
