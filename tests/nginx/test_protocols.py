"""HTTP/1.0, 1.1, 2 and 3: each request is a row, each visitor is known again.

What nginx says it spoke ($server_protocol) is in the answer or in an access
log, so no test can pass over another protocol than its own.
"""

import os
import re
import socket
import ssl
import struct
import subprocess

import pytest

from browser import TLS, browser
from conftest import COOKIE, Jar, flags, free_port, needs

ON = "journey on; journey_privacy full;"
SPOKEN = "return 200 '$server_protocol $journey_visitor'; "


def answers(data):
    """The answers in what a connection brought: [(head, body)]; each has a
    Content-Length."""

    found = []

    while data:
        head, data = data.split(b"\r\n\r\n", 1)
        size = int(re.search(rb"(?mi)^Content-Length: (\d+)", head).group(1))
        found.append((head.decode(), data[:size].decode()))
        data = data[size:]

    return found


def cookie_in(head):
    """The cookie that the head of an answer sets."""

    return re.search(r"(?mi)^Set-Cookie: %s=([\w-]+);" % COOKIE, head).group(1)


def same_visitor(rows):
    """The first request made the visitor, the others brought it back."""

    visitor, = {r["visitor"] for r in rows}
    assert visitor is not None
    assert [flags(r) & {"new", "sent", "returned"} for r in rows] == [
        {"new", "sent"}] + [{"returned"}] * (len(rows) - 1)
    return "%016x" % visitor


# HTTP/1.0 and 1.1.

def test_http_1_0_without_keep_alive(nginx):
    """No Host either: the host is the server's name."""

    ng = nginx(server="%s location / { %s}" % (ON, SPOKEN))
    (head, first), = answers(ng.raw(
        b"GET /a?utm_source=old HTTP/1.0\r\n\r\n"))
    assert re.search("(?m)^Connection: close\r$", head)
    (_, second), = answers(ng.raw(
        b"GET /b HTTP/1.0\r\nCookie: %s=%s\r\n\r\n"
        % (COOKIE.encode(), cookie_in(head).encode())))

    rows = ng.rows()
    assert [(r["page"], r["source"], r["host"], r["status"]) for r in rows] == [
        ("/a", "old", "shop.test", 200), ("/b", "", "shop.test", 200)]
    assert first == second == "HTTP/1.0 " + same_visitor(rows)


def test_http_1_0_with_keep_alive(nginx):
    """Two requests on one connection, the second knows the first's cookie."""

    ng = nginx(server="%s location / { %s}" % (ON, SPOKEN))
    heads, bodies = [], []

    with socket.create_connection(("127.0.0.1", ng.port), 20) as s:
        f = s.makefile("rwb")

        for path in ("/a", "/b"):
            cookie = "Cookie: %s=%s\r\n" % (COOKIE, cookie_in(heads[0])
                                            ) if heads else ""
            f.write(("GET %s HTTP/1.0\r\nConnection: keep-alive\r\n%s\r\n"
                     % (path, cookie)).encode())
            f.flush()
            heads.append("".join(
                line.decode() for line in iter(f.readline, b"\r\n")))
            size = int(re.search(r"Content-Length: (\d+)", heads[-1]).group(1))
            bodies.append(f.read(size).decode())

    assert all("Connection: keep-alive\r\n" in h for h in heads)
    rows = ng.rows()
    assert [(r["page"], r["host"]) for r in rows] == [
        ("/a", "shop.test"), ("/b", "shop.test")]
    assert bodies == ["HTTP/1.0 " + same_visitor(rows)] * 2


def test_pipelined_requests_are_separate(nginx):
    """Requests that arrive at once share nothing: with the cookie they are
    one visitor, without it each is its own."""

    ng = nginx(server="%s location / { %s}" % (ON, SPOKEN))
    jar = Jar()
    ng.get("/first", jar=jar)
    cookie = b"Cookie: " + jar.header().encode() + b"\r\n"

    def request(path, more=b""):
        return b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (path, more)

    got = answers(ng.raw(
        request(b"/a") + request(b"/b?utm_source=b", cookie) + request(b"/a")
        + request(b"/c?utm_source=c", cookie)
        + request(b"/a", b"Connection: close\r\n")))
    rows = ng.rows()
    assert [(r["page"], r["source"]) for r in rows] == [
        ("/first", ""), ("/a", ""), ("/b", "b"), ("/a", ""), ("/c", "c"),
        ("/a", "")]
    assert [body for _, body in got] == [
        "HTTP/1.1 %016x" % r["visitor"] for r in rows[1:]]
    same_visitor([rows[0], rows[2], rows[4]])
    assert len({r["visitor"] for r in rows}) == 4
    assert [COOKIE + "=" in head for head, _ in got] == [
        True, False, True, False, True]


@needs("--with-http_ssl_module")
def test_secure_under_tls(nginx):
    port = free_port()
    ng = nginx(server="%s listen 127.0.0.1:%d ssl; ssl_certificate %s;"
               " ssl_certificate_key %s; location /off { journey_cookie v"
               " secure=off; }" % (ON, port, TLS, TLS))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    for path, secure in (("/", True), ("/off", False)):
        with socket.create_connection(("127.0.0.1", port)) as s:
            with context.wrap_socket(s) as t:
                t.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path.encode())
                got = b"".join(iter(lambda: t.recv(65536), b""))
        assert (b"; SameSite=Lax; Secure\r\n" in got) == secure

    assert "Secure" not in ng.get("/").one("Set-Cookie")


@needs("--with-http_ssl_module")
@pytest.mark.parametrize("option, spoken", [
    ("--http1.0", "HTTP/1.0"),
    ("--http1.1", "HTTP/1.1"),
    pytest.param("--http2", "HTTP/2.0", marks=needs("--with-http_v2_module")),
])
def test_a_client_with_a_cookie_jar(nginx, option, spoken):
    """curl keeps the cookie itself and brings it back beside another one."""

    port = free_port()
    http2 = " http2" if option == "--http2" else ""
    ng = nginx(server="%s listen 127.0.0.1:%d ssl%s; ssl_certificate %s;"
               " ssl_certificate_key %s; add_header Set-Cookie a=1;"
               " location / { %s}" % (ON, port, http2, TLS, TLS, SPOKEN))
    url = "https://shop.test:%d" % port
    said = subprocess.run(
        ["curl", "-sSk", "--max-time", "20", option, "--resolve",
         "shop.test:%d:127.0.0.1" % port, "-c", os.path.join(ng.dir, "jar"),
         url + "/a?utm_source=curl", url + "/b", url + "/c"],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = ng.rows()
    assert [(r["page"], r["source"], r["host"]) for r in rows] == [
        ("/a", "curl", "shop.test"), ("/b", "", "shop.test"),
        ("/c", "", "shop.test")]
    assert said == (spoken + " " + same_visitor(rows)) * 3


# HTTP/2.

@needs("--with-http_v2_module")
def test_http2_splits_cookies(nginx):
    """HTTP/2 may send each cookie as a field of its own (RFC 9113, 8.2.3)."""

    port = free_port()
    ng = nginx(server="%s journey_gpc ignore; listen 127.0.0.1:%d http2;"
               % (ON, port))
    jar = Jar()
    ng.get("/", jar=jar)

    def field(name, text):
        name, text = name.encode(), text.encode()
        assert len(name) < 127 and len(text) < 127
        return (b"\0" + bytes([len(name)]) + name + bytes([len(text)]) + text)

    block = (field(":method", "GET") + field(":scheme", "http")
             + field(":path", "/h2?utm_source=two")
             + field(":authority", "shop.test") + field("cookie", "a=1")
             + field("cookie", jar.header()) + field("cookie", "b=2")
             + field("sec-gpc", "1"))

    def frame(kind, flag, stream, payload):
        return (struct.pack(">I", len(payload))[1:] + bytes([kind, flag])
                + struct.pack(">I", stream) + payload)

    with socket.create_connection(("127.0.0.1", port), 20) as s:
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
                  + frame(1, 5, 1, block))
        rows = ng.rows(2)

    same_visitor(rows)
    assert flags(rows[1]) == {"returned", "gpc"}
    assert (rows[1]["page"], rows[1]["source"]) == ("/h2", "two")


# HTTP/3.

@needs("--with-http_v3_module")
def test_http3(nginx, tmp_path):
    """Chromium speaks it, and nginx says so: $http3 is h3.  The page reads
    its own protocol and visitor; a beacon comes the same way."""

    port = free_port()
    ng = nginx(
        http="log_format spoken '$uri $server_protocol $http3"
             " $journey_visitor $journey_logged';",
        server="""
            listen 127.0.0.1:%d ssl;
            listen 127.0.0.1:%d quic;
            http3 on;
            ssl_certificate %s;
            ssl_certificate_key %s;
            access_log spoken.log spoken;
            journey_privacy full;
            location /page { journey on; journey_stage look; %s }
            location = /beacon { journey on; journey_beacon; }
            """ % (port, port, TLS, TLS, SPOKEN))
    url = "https://shop.test:%d" % port

    with browser(tmp_path / "profile",
                 "--origin-to-force-quic-on=shop.test:%d" % port) as b:
        def load(target):
            b.get(url + target)
            return b.find_element("tag name", "body").text

        seen = [load("/page/1?utm_source=quic"), load("/page/2")]
        status = b.execute_async_script(
            "fetch('/beacon', {method: 'POST', body: 'touchpoint=told'})"
            ".then(r => arguments[0](r.status))")
        assert status == 204
        assert "HttpOnly" not in b.execute_script("return document.cookie")

    rows = [r for r in ng.rows() if r["page"] != "/favicon.ico"]
    assert [(r["page"], r["touchpoint"], r["stage"], r["source"], r["host"])
            for r in rows] == [
        ("/page/1", "/page/1", "look", "quic", "shop.test"),
        ("/page/2", "/page/2", "look", "", "shop.test"),
        ("/page/2", "told", "", "", "shop.test")]
    visitor = same_visitor(rows)
    assert seen == ["HTTP/3.0 " + visitor] * 2

    with open(os.path.join(ng.dir, "spoken.log")) as f:
        spoken = [line for line in f if line[1:].startswith(("page", "beacon"))]

    assert spoken == ["%s HTTP/3.0 h3 %s 1\n" % (path, visitor)
                      for path in ("/page/1", "/page/2", "/beacon")]
