"""journey_beacon: touchpoints that browsers and mails report."""

import json
import os
import subprocess
import sys
import time

import pytest

from conftest import TOP, Jar, flags, wait_for

KEY = "00112233445566778899aabbccddeeff"
LOGIN = "0123456789abcdef" * 2
OWN = {"Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"}
HTTP = "journey_privacy full; journey_stages look buy;"
SERVER = """
    location / { journey on; journey_field seat ''; journey_field team t;
                 try_files /index.html =404; }
    location = /b { journey on; journey_field team t; journey_beacon; }
    location = /status { journey_status; }"""


@pytest.fixture
def start(nginx):
    return lambda **kw: nginx(**dict(dict(http=HTTP, server=SERVER), **kw))


def status(ng):
    return json.loads(ng.get("/status").body)


def rejects(ng):
    return {k: n for k, n in status(ng)["beacons_rejected"].items() if n}


def send(ng, body, headers=None, **kw):
    return ng.post("/b", dict(OWN, **(headers or {})), body=body.encode(),
                   **kw)


def test_post(start):
    ng = start(flush="1h")
    jar = Jar()
    ng.get("/shop/7?x=1", jar=jar)
    answer = send(ng, "touchpoint=rated+it&stage=buy&value=-1.5&currency=eur"
                  "&order=A%20%C3%A97&score=4.5&score_kind=stars&x_seat=12",
                  {"Referer": "http://shop.test/shop/7?x=1"}, jar=jar)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.one("Cache-Control") == "no-store"
    assert answer.all("Set-Cookie") == []
    assert answer.all("Access-Control-Allow-Origin") == []
    assert status(ng)["beacons"] == 1

    page, row = ng.rows()
    assert row["visitor"] == page["visitor"] is not None
    assert flags(row) >= {"beacon", "returned"} and "beacon" not in flags(page)
    assert {k: row[k] for k in ("touchpoint", "page", "stage", "value",
                                "currency", "order", "score", "score_kind",
                                "status", "x_seat", "x_team")} == {
        "touchpoint": "rated it", "page": "/shop/7", "stage": "buy",
        "value": -15000, "currency": "EUR", "order": "A \u00e97",
        "score": 450, "score_kind": "stars", "status": 204, "x_seat": "12",
        "x_team": "t"}


def test_get(start):
    ng = start()
    assert ng.get("/b?touchpoint=seen", {"Sec-Fetch-Site": "same-origin"}
                  ).status == 204
    row, = ng.rows()
    assert row["touchpoint"] == "seen" and row["page"] == "/b"
    assert row["visitor"] is None, "a beacon makes no visitor"


def test_form_and_chunked_and_split(start):
    ng = start()
    assert send(ng, "touchpoint=a", {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        ).status == 204
    head = ("POST /b HTTP/1.1\r\nHost: shop.test\r\nOrigin: http://shop.test"
            "\r\nContent-Type: text/plain;charset=UTF-8\r\n"
            "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n").encode()
    assert b" 204 " in ng.raw(head + b"5\r\ntouch\r\n8\r\npoint=bc\r\n0\r\n\r\n")
    assert b" 413 " in ng.raw(
        head + b"2001\r\ntouchpoint=" + b"x" * 8182 + b"\r\n0\r\n\r\n")
    assert rejects(ng) == {"too_large": 1}
    assert [r["touchpoint"] for r in ng.rows()] == ["a", "bc"]


def test_body_in_a_file(start):
    ng = start(http=HTTP + "client_body_in_file_only clean;")
    assert send(ng, "touchpoint=a").status == 204
    assert ng.rows()[0]["touchpoint"] == "a"


@pytest.mark.parametrize("headers, good", [
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "none"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "http://shop.test"}, False),
    ({"Origin": "http://shop.test"}, True),
    ({"Origin": "https://SHOP.test"}, True),
    ({"Origin": "http://shop.test:8080"}, False),
    ({"Origin": "http://shop.test.evil"}, False),
    ({"Origin": "http://evil"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "null", "Referer": "http://shop.test/"}, False),
    ({"Referer": "http://shop.test/a"}, True),
    ({"Referer": "http://evil/shop.test"}, False),
    ({}, False),
])
def test_same_origin(start, headers, good):
    ng = start()
    headers["Content-Type"] = "text/plain"
    answer = ng.post("/b", headers, body=b"touchpoint=a")
    assert answer.status == (204 if good else 400)
    assert rejects(ng) == ({} if good else {"cross_site": 1})
    assert len(ng.rows()) == good


def test_no_host(start):
    ng = start()
    assert b" 400 " in ng.raw(b"GET /b?touchpoint=a HTTP/1.0\r\n"
                              b"Origin: http:///\r\n\r\n")
    assert rejects(ng) == {"cross_site": 1}


@pytest.mark.parametrize("level", ["", "journey on; "])
def test_refused_by_nginx(start, level):
    """No row, no cookie and a count, though our handler never saw it."""

    ng = start(server=level + """
        location = /size { client_max_body_size 100; %s }
        location = /deny { deny all; error_page 403 /403.html; %s }
        location = /limit { limit_req zone=z; limit_req_status 429; %s }
        location = /return { return 418; %s }
        location = /if { if ($arg_no) { return 403; } %s }
        location = /except { limit_except POST { deny all; } %s }
        location = /let { limit_except POST { allow all; } %s }
        location = /403.html { journey on; return 200 no; }
        location = /status { journey off; journey_status; }
        """ % (7 * ("journey on; journey_beacon;",)),
        http=HTTP + "limit_req_zone $server_name zone=z:32k rate=1r/m;")
    body = b"touchpoint=" + b"a" * 200
    chunked = ("POST /size HTTP/1.1\r\nHost: shop.test\r\n"
               "Origin: http://shop.test\r\nContent-Type: text/plain\r\n"
               "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")

    for path, wanted in (("/size", 413), ("/deny", 403), ("/return", 418),
                         ("/limit", 204), ("/limit", 429), ("/if", 204),
                         ("/if?no=1", 403)):
        answer = ng.post(path, OWN, body=body)
        assert (answer.status, answer.all("Set-Cookie")) == (wanted, []), path

    assert b" 413 " in ng.raw(chunked.encode() + b"d3\r\n" + body)
    assert ng.raw(chunked.encode() + b"20\r\ntouch") == b""
    answer = ng.get("/except?touchpoint=a", OWN)
    assert (answer.status, answer.all("Set-Cookie")) == (403, [])
    assert ng.get("/let?touchpoint=let", OWN).status == 204
    wait_for(lambda: rejects(ng) == {"refused": 8}, "counts of what was refused")
    assert [(r["page"], r["status"]) for r in ng.rows()] == [
        ("/limit", 204), ("/if", 204), ("/let", 204)]


def test_refused_by_reason(start):
    """Each is counted, none leaves a row, the next one is taken."""

    ng = start()
    cases = [
        ("syntax", "touchpoint"), ("syntax", "=a"), ("syntax", "touchpoint=%4"),
        ("field", "touchpoint=a&touchpoint=b"), ("field", "utm_source=a"),
        ("field", "x_none=a"), ("field", "x_=a"),
        ("text", "touchpoint=a\nb"), ("text", "touchpoint=" + "x" * 1025),
        ("stage", "stage=elsewhere"),
        ("value", "value=1,5"), ("value", "currency=EUR"),
        ("value", "value=1&currency=EURO"),
        ("score", "score=3"), ("score", "score=11&score_kind=nps"),
        ("score", "score=1&score_kind=other"),
        ("score", "score=1.234&score_kind=stars"),
        ("empty", ""), ("empty", "touchpoint=&value="),
    ]
    wanted = {}

    for reason, body in cases:
        assert send(ng, body).status == 400, body
        wanted[reason] = wanted.get(reason, 0) + 1

    assert send(ng, "touchpoint=a", {"Content-Type": "application/json"}
                ).status == 400
    assert send(ng, "touchpoint=a", {"Content-Type": None}).status == 400
    assert send(ng, "touchpoint=" + "x" * 8192).status == 413
    assert ng.request("OPTIONS", "/b", OWN).status == 405
    assert ng.request("HEAD", "/b?touchpoint=a", OWN).status == 405
    assert rejects(ng) == dict(wanted, type=2, too_large=1, method=2)
    assert send(ng, "touchpoint=last").status == 204
    assert [r["touchpoint"] for r in ng.rows()] == ["last"]


def test_not_wanted_is_202(start):
    ng = start(server=SERVER + """
        location = /off { journey off; journey_beacon; }
        location = /nolog { journey on; journey_log off; journey_beacon; }
        location = /if { journey on; journey_log LOG if=$arg_yes;
                         journey_beacon; }""".replace(
        "LOG", "if.jny").replace("if.jny", "/dev/shm/../shm/jny-%d"
                                 % os.getpid()))
    log = "/dev/shm/jny-%d" % os.getpid()

    for target in ("/off", "/nolog", "/if"):
        answer = ng.post(target, OWN, body=b"touchpoint=a")
        assert (answer.status, answer.body) == (202, b""), target

    assert ng.post("/if?yes=1", OWN, body=b"touchpoint=a").status == 204
    assert status(ng)["beacons"] == 1
    assert ng.rows() == []
    os.unlink(log)


def test_full_spool_is_503(config):
    ng = config(http=HTTP, server=SERVER, flush="1h")
    ng.edit("journey_spool %s;" % ng.spool,
            "journey_spool %s size=64k;" % ng.spool)
    ng.start()
    ng.expect("journey_log")
    os.unlink(ng.log)
    os.mkdir(ng.log)
    answers = [send(ng, "touchpoint=%d%s" % (i, "x" * 900)).status
               for i in range(120)]
    assert set(answers) == {204, 503} and answers[-1] == 503
    taken = answers.count(204)
    assert status(ng)["beacons"] == taken
    os.rmdir(ng.log)
    assert len(ng.rows()) == taken, "204 means committed"


def test_committed_beacons_survive_kill(start):
    ng = start(flush="1h")
    assert all(send(ng, "touchpoint=%d" % i).status == 204 for i in range(5))
    ng.expect("exited on signal 9")
    os.kill(ng.workers()[0], 9)
    wait_for(lambda: ng.answers() and status(ng)["events_recovered"], "rest")
    assert [r["touchpoint"] for r in ng.rows()] == list("01234")


def test_script():
    """Within 1 KiB; says only what a beacon may (and its page explains)."""

    import re

    with open(os.path.join(TOP, "conf-examples", "journey.js")) as f:
        script = f.read()

    with open(os.path.join(TOP, "docs", "BEACON.md")) as f:
        page = f.read()

    assert len(script.encode()) <= 1024
    fields = set(re.findall(r"(touchpoint|score\w*|x_\w+):", script))
    assert fields == {"touchpoint", "score", "score_kind", "x_visible_s"}
    assert all("`%s`" % f in page for f in fields)


def test_reasons_are_documented(start):
    with open(os.path.join(TOP, "docs", "BEACON.md")) as f:
        page = f.read()

    ng = start()
    assert len(status(ng)["beacons_rejected"]) == 14
    assert all("`%s`" % r in page for r in status(ng)["beacons_rejected"])


def test_documented_one_liner(mail):
    """What BEACON.md shows makes a token that is accepted."""

    import re
    import shlex

    with open(os.path.join(TOP, "docs", "BEACON.md")) as f:
        line = re.search(r"^    (python3 -c .*)$", f.read(), re.M).group(1)

    args = shlex.split(line)
    args[0], args[3] = sys.executable, KEY
    token = subprocess.run(args, stdout=subprocess.PIPE, check=True).stdout
    ng, _ = mail
    assert ng.get("/b?token=" + token.decode().strip()).status == 204


# Mails.

sys.dont_write_bytecode = True


def tool():
    import importlib.machinery
    import importlib.util

    loader = importlib.machinery.SourceFileLoader(
        "mail_token", os.path.join(TOP, "tools", "mail-token"))
    spec = importlib.util.spec_from_loader("mail_token", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def mail(config):
    ng = config(http=HTTP + "journey_key journey.key;", server=SERVER + """
        location = /account {
            journey on;
            journey_visitor $arg_customer;
            try_files /index.html =404;
        }""")
    path = os.path.join(ng.dir, "journey.key")

    with open(path, "w") as f:
        f.write("# newest first\n%s\n%s\nlogin %s\n" % (KEY, "f" * 32, LOGIN))

    os.chmod(path, 0o600)
    return ng.start(), path


def test_mail(mail):
    ng, path = mail
    made = subprocess.run(
        [os.path.join(TOP, "tools", "mail-token"), path, "spring-sale", "30"],
        input=b"a@x.test\nb@x.test\n", stdout=subprocess.PIPE, check=True)
    tokens = dict(line.split("\t") for line in made.stdout.decode().split("\n")
                  if line)
    jar = Jar()
    ng.get("/", jar=jar)

    for who in ("a@x.test", "b@x.test", "a@x.test"):
        answer = ng.get("/b?token=" + tokens[who],
                        {"Sec-Fetch-Site": "cross-site"}, jar=jar)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.all("Set-Cookie") == []

    ng.get("/account?customer=a@x.test")
    assert rejects(ng) == {}
    _, a, b, again, customer = ng.rows()
    assert a["touchpoint"] == "mail: spring-sale"
    assert a["visitor"] is None, "a mail is read without cookies"
    assert a["login"] == again["login"] != b["login"]
    assert a["login"] == customer["login"], "the same person on the site"
    assert "%016x" % a["login"] == tokens["a@x.test"].split(".")[1]
    assert "beacon" in flags(a)


def test_tokens_need_keys(tmp_path):
    path = tmp_path / "key"

    for text, said in ((None, "No such file"), ("login " + LOGIN, "no key:"),
                       (KEY, "no key for logins")):
        if text:
            path.write_text(text + "\n")

        p = subprocess.run(
            [os.path.join(TOP, "tools", "mail-token"), path, "m", "1"],
            input=b"a\n", capture_output=True)
        assert p.returncode == 1 and p.stdout == b""
        assert p.stderr.decode().startswith("%s: %s" % (path, said))


def test_forged_and_expired_tokens(mail):
    ng, _ = mail
    key = bytes.fromhex(KEY)
    soon = int(time.time()) + 60

    def token(key, *signed):
        return tool().token(key, bytes.fromhex(LOGIN), *signed)

    good = token(key, "m", "a", soon)
    flipped = [good[:i] + ("0" if good[i] != "0" else "1") + good[i + 1:]
               for i in range(len(good))]

    for bad in flipped + [good[:-1], good + "0", good.upper(), "x", "...",
                          good.replace("m.", ".", 1),
                          token(b"\1" * 16, "m", "a", soon)]:
        answer = ng.get("/b?token=" + bad)
        assert answer.status == 400, bad

    n = len(flipped) + 7
    assert rejects(ng) == {"token": n}
    assert ng.get("/b?token=" + token(key, "m", "a", soon - 120)).status == 400
    assert rejects(ng) == {"token": n, "expired": 1}
    assert ng.get("/b?token=" + good).status == 204
    assert ng.get("/b?token=" + token(b"\xff" * 16, "m", "a", soon)
                  ).status == 204, "the older key still counts"
    assert len(ng.rows()) == 2


def test_without_consent_no_recipient(config):
    ng = config(http="journey_privacy consent; journey_consent $arg_yes;"
                     "journey_key journey.key;", server=SERVER)

    with open(os.path.join(ng.dir, "journey.key"), "w") as f:
        f.write(KEY + "\n")

    os.chmod(f.name, 0o600)
    ng.start()
    good = tool().token(bytes.fromhex(KEY), bytes.fromhex(LOGIN), "m", "a",
                        int(time.time()) + 60)
    assert ng.get("/b?token=" + good).status == 204
    row, = ng.rows()
    assert (row["touchpoint"], row["login"]) == ("mail: m", None)
