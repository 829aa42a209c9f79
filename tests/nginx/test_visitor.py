"""Who is it: the cookie, its key, consent, and when no id is made."""

import base64
import json
import os
import re
import subprocess
import time

import pytest

from conftest import COOKIE, TOP, Jar, flags

JOURNEY = os.environ.get("JOURNEY", os.path.join(TOP, "build", "journey"))
ON = "journey on; journey_privacy full;"
CONSENT = ("journey on; journey_privacy consent;"
           "journey_consent $cookie_consent;")
ALPHABET = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
            "-_")


def rol(x, n):
    return (x << n | x >> 64 - n) & (1 << 64) - 1


def siphash(key, data):
    """SipHash-2-4 from the paper (Aumasson and Bernstein 2012)."""

    mask = (1 << 64) - 1
    k0 = int.from_bytes(key[:8], "little")
    k1 = int.from_bytes(key[8:], "little")
    v0, v1 = k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d
    v2, v3 = k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573

    def sipround(v0, v1, v2, v3):
        v0 = v0 + v1 & mask
        v1 = rol(v1, 13) ^ v0
        v0 = rol(v0, 32)
        v2 = v2 + v3 & mask
        v3 = rol(v3, 16) ^ v2
        v0 = v0 + v3 & mask
        v3 = rol(v3, 21) ^ v0
        v2 = v2 + v1 & mask
        v1 = rol(v1, 17) ^ v2
        return v0, v1, rol(v2, 32), v3

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 255])

    for i in range(0, len(padded), 8):
        m = int.from_bytes(padded[i:i + 8], "little")
        v3 ^= m
        v0, v1, v2, v3 = sipround(*sipround(v0, v1, v2, v3))
        v0 ^= m

    v2 ^= 0xff

    for _ in range(4):
        v0, v1, v2, v3 = sipround(v0, v1, v2, v3)

    return (v0 ^ v1 ^ v2 ^ v3).to_bytes(8, "little")


def cookie(key, visitor, issued):
    """A cookie's value, made without the module."""

    data = (siphash(key, b"journey key id")[:1]
            + int(issued).to_bytes(4, "little")
            + visitor.to_bytes(8, "little"))
    return base64.urlsafe_b64encode(data + siphash(key, data)).decode()


def keyfile(ng, *keys, text=None):
    path = os.path.join(ng.dir, "journey.key")

    with open(path, "w") as f:
        f.write(text or "".join(k.hex() + "\n" for k in keys))

    os.chmod(path, 0o600)
    return path


KEY = bytes(range(16))
OLD = bytes(range(16, 32))


@pytest.fixture
def keyed(config):
    """A server that signs with KEY and still accepts OLD."""

    def start(*keys, server="location / { %s }" % ON, http="", **kw):
        ng = config(server=server, http="journey_key journey.key;" + http,
                    **kw)
        keyfile(ng, *(keys or (KEY, OLD)))
        return ng.start()

    return start


def test_one_visitor_keeps_one_id(nginx):
    ng = nginx(server="location / { %s }" % ON)
    jar = Jar()

    first = ng.get("/", jar=jar)
    again = [ng.get("/?%d" % i, jar=jar) for i in range(3)]
    stranger = ng.get("/")

    assert len(first.all("Set-Cookie")) == 1
    assert [r.all("Set-Cookie") for r in again] == [[], [], []]
    assert len(stranger.all("Set-Cookie")) == 1

    rows = ng.rows()
    assert len(rows) == 5
    assert len({r["visitor"] for r in rows[:4]}) == 1
    assert rows[4]["visitor"] not in (rows[0]["visitor"], None)
    assert [flags(r) for r in rows] == (
        [{"new", "sent"}] + 3 * [{"returned"}] + [{"new", "sent"}])
    assert {r["mode"] for r in rows} == {"full"}


def test_cookie_is_made_as_documented(keyed):
    ng = keyed()
    before = int(time.time())
    line = ng.get("/").one("Set-Cookie")
    after = int(time.time())

    value = re.fullmatch(COOKIE + r"=([\w-]{28}); Max-Age=33696000; Path=/;"
                         " HttpOnly; SameSite=Lax", line).group(1)
    visitor = ng.rows()[0]["visitor"]
    assert value in [cookie(KEY, visitor, t)
                     for t in range(before - 1, after + 1)]


def test_ids_do_not_repeat(nginx):
    ng = nginx(server="location / { %s }" % ON, workers=2)

    for _ in range(300):
        ng.get("/")

    rows = ng.rows()
    assert len({r["visitor"] for r in rows}) == 300
    top = [r["visitor"] >> 63 for r in rows]
    assert 90 < sum(top) < 210


def test_old_key_is_accepted_and_not_renewed(keyed):
    ng = keyed()
    value = cookie(OLD, 77, time.time() - 1000)
    answer = ng.get("/", {"Cookie": COOKIE + "=" + value})

    assert answer.all("Set-Cookie") == []
    assert ng.rows()[0]["visitor"] == 77


def test_key_rotation_by_reload(keyed):
    ng = keyed(OLD)
    jar = Jar()
    ng.get("/", jar=jar)

    keyfile(ng, KEY, OLD)
    ng.reload()
    assert ng.get("/", jar=jar).all("Set-Cookie") == []

    keyfile(ng, KEY)
    ng.reload()
    assert len(ng.get("/", jar=jar).all("Set-Cookie")) == 1

    rows = ng.rows()
    assert rows[0]["visitor"] == rows[1]["visitor"] != rows[2]["visitor"]
    assert flags(rows[2]) == {"invalid", "new", "sent"}


def test_lifetime_counts_from_issue(keyed):
    day = 86400
    ng = keyed()
    ages = {389.9: "returned", 390.1: "invalid", -0.5: "returned",
            -1.5: "invalid"}

    for age in ages:
        ng.get("/", {"Cookie": COOKIE + "="
                     + cookie(KEY, 5, time.time() - age * day)})

    rows = ng.rows()

    for row, what in zip(rows, ages.values()):
        assert what in flags(row)
        assert (row["visitor"] == 5) == (what == "returned")


def test_expires_is_obeyed(keyed):
    ng = keyed(server="location / { %s journey_cookie v expires=1h; }" % ON)
    assert "; Max-Age=3600;" in ng.get("/").one("Set-Cookie")
    ng.get("/", {"Cookie": "v=" + cookie(KEY, 5, time.time() - 3500)})
    ng.get("/", {"Cookie": "v=" + cookie(KEY, 5, time.time() - 3700)})

    rows = ng.rows()
    assert rows[1]["visitor"] == 5
    assert rows[2]["visitor"] != 5


def test_forged_cookies_never_join(keyed):
    """Every bit of a genuine value flipped, and other rubbish."""

    ng = keyed()
    value = cookie(KEY, 12345, time.time())
    forged = []

    for i in range(len(value)):
        for bit in range(6):
            c = ALPHABET[ALPHABET.index(value[i]) ^ 1 << bit]
            forged.append(value[:i] + c + value[i + 1:])

    forged += ["", "x", value[:-1], value + "A", value + "=", '"%s"' % value,
               "%00", "A" * 28, "\xff" * 28, value.swapcase(), "=" * 28,
               cookie(bytes(16), 12345, time.time()), "A" * 7000,
               cookie(KEY, 0, time.time())]

    for bad in forged:
        ng.get("/", {"Cookie": (COOKIE + "=" + bad).encode("latin-1")})

    ng.get("/", {"Cookie": COOKIE + "=" + value})
    rows = ng.rows()

    assert len(rows) == len(forged) + 1
    assert rows[-1]["visitor"] == 12345
    assert len({r["visitor"] for r in rows}) == len(rows)
    assert all(flags(r) == {"invalid", "new", "sent"} for r in rows[:-1])


def test_first_genuine_of_several_cookies(keyed):
    ng = keyed()
    a = COOKIE + "=" + cookie(KEY, 1, time.time())
    b = COOKIE + "=" + cookie(KEY, 2, time.time())
    bad = COOKIE + "=" + "A" * 28

    for header in ("%s; %s" % (a, b), "%s; x=1;%s ;%s" % (bad, b, a),
                   "x%s; %s" % (a, b)):
        ng.get("/", {"Cookie": header})

    ng.raw(("GET / HTTP/1.1\r\nHost: shop.test\r\nCookie: %s\r\n"
            "Cookie: %s\r\nConnection: close\r\n\r\n" % (bad, b)).encode())

    rows = ng.rows()
    assert [r["visitor"] for r in rows] == [1, 2, 2, 2]
    assert {frozenset(flags(r)) for r in rows} == {frozenset({"returned"})}


def test_without_a_key_reload_keeps_visitors_restart_does_not(nginx):
    ng = nginx(server="location / { %s }" % ON)
    jar = Jar()
    ng.get("/", jar=jar)
    ng.reload()
    assert ng.get("/", jar=jar).all("Set-Cookie") == []
    ng.stop()
    ng.start()
    assert len(ng.get("/", jar=jar).all("Set-Cookie")) == 1
    assert '[warn]' in ng.error_text()
    assert 'no "journey_key"' in ng.error_text()


@pytest.mark.parametrize("text,mode,told", [
    (None, None, 'failed; make a key with "openssl rand -hex 16 > '),
    ("", 0o600, 'holds no key; make one with "openssl rand -hex 16'),
    ("# nothing\n\n", 0o600, "holds no key"),
    (KEY.hex() + "\nabc\n", 0o600, "line 2 is not a key of 32 hex digits"),
    ("#\n" + "g" * 32 + "\n", 0o600, "line 2 is not a key of 32 hex digits"),
    (KEY.hex() + "\n" + KEY.hex(), 0o600, "line 2: the key is there twice"),
    (KEY.hex(), 0o644, 'has mode 644: others could sign visitors, run'
     ' "chmod 600'),
    (KEY.hex(), 0o620, "has mode 620"),
    pytest.param("\n" * 70000, 0o600, "is not a file with keys", id="large"),
])
def test_bad_key_files(config, text, mode, told):
    ng = config(server="location / { %s }" % ON,
                http="\n\njourney_key journey.key;")

    if text is not None:
        os.chmod(keyfile(ng, text=text or "\n"), mode)

    code, said = ng.test()
    assert code == 1
    assert "[emerg]" in said and told in said
    assert "journey.key" in said
    assert re.search(r" in \S+nginx\.conf:\d+", said)


def test_good_key_file(config):
    ng = config(server="location / { %s }" % ON,
                http="journey_key journey.key;")
    keyfile(ng, text="# newest first\n\n \t%s \r\n#\n%s"
            % (KEY.hex().upper(), OLD.hex()))
    assert ng.test()[0] == 0
    ng.start()
    ng.get("/", {"Cookie": COOKIE + "=" + cookie(OLD, 9, time.time())})
    assert ng.rows()[0]["visitor"] == 9
    assert "[warn]" not in ng.error_text()


# When no id is made.

@pytest.mark.parametrize("method,headers,minted", [
    ("GET", {}, True),
    ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
             "Sec-Fetch-Dest": "document"}, True),
    ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors",
             "Sec-Fetch-Dest": "image"}, False),
    ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
             "Sec-Fetch-Dest": "iframe"}, False),
    ("GET", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, True),
    ("POST", {}, False),
    ("POST", {"Sec-Fetch-Site": "cross-site"}, False),
    ("POST", {"Sec-Fetch-Site": "cross-site", "Origin": "http://shop.test"},
     False),
    ("POST", {"Sec-Fetch-Site": "same-origin"}, True),
    ("POST", {"Sec-Fetch-Site": "same-site"}, True),
    ("POST", {"Sec-Fetch-Site": "none"}, True),
    ("POST", {"Origin": "https://pay.example"}, False),
    ("POST", {"Origin": "null"}, False),
    ("POST", {"Origin": "https://shop.test"}, True),
    ("POST", {"Origin": "http://SHOP.test:8080"}, True),
    ("POST", {"Origin": "http://shop.test.evil.example"}, False),
    ("POST", {"Origin": "http://shop.test@evil.example"}, False),
    ("POST", {"Origin": "http://evil.example", "Referer": "http://shop.test/"},
     False),
    ("POST", {"Referer": "http://shop.test/cart"}, True),
    ("POST", {"Referer": "https://pay.example/"}, False),
    ("HEAD", {}, False),
    ("PUT", {"Sec-Fetch-Site": "same-origin"}, True),
    ("PUT", {"Sec-Fetch-Site": "cross-site"}, False),
])
def test_minting_and_the_site_it_comes_from(nginx, method, headers, minted):
    ng = nginx(server="location / { %s return 200; }" % ON)
    answer = ng.request(method, "/pay", headers)

    assert len(answer.all("Set-Cookie")) == minted
    row, = ng.rows()
    assert (row["visitor"] is not None) == minted
    assert flags(row) - {"same_host"} == ({"new", "sent"} if minted else set())


def test_cross_site_post_keeps_the_buyers_cookie(keyed):
    """A payment gateway's return: known buyer if the cookie comes, nobody
    (but with the order) if not, and no new cookie over the old one."""

    ng = keyed(server="location / { %s journey_value 9.50 EUR"
               " order=$arg_order; return 200; }" % ON)
    pay = {"Sec-Fetch-Site": "cross-site", "Origin": "https://pay.example"}
    known = dict(pay, Cookie=COOKIE + "=" + cookie(KEY, 4, time.time()))

    assert ng.post("/paid?order=A1", pay).all("Set-Cookie") == []
    assert ng.post("/paid?order=A2", known).all("Set-Cookie") == []
    bad = dict(pay, Cookie=COOKIE + "=junk")
    assert ng.post("/paid?order=A3", bad).all("Set-Cookie") == []

    rows = ng.rows()
    assert [(r["visitor"], r["order"], r["value"]) for r in rows] == [
        (None, "A1", 95000), (4, "A2", 95000), (None, "A3", 95000)]
    assert flags(rows[2]) == {"invalid"}


def test_samesite_none_mints_inside_other_sites(nginx):
    ng = nginx(server="location / { %s journey_cookie v samesite=none; }" % ON)
    line = ng.get("/", {"Sec-Fetch-Site": "cross-site",
                        "Sec-Fetch-Mode": "no-cors"}).one("Set-Cookie")
    assert line.endswith("; SameSite=None; Secure")


def test_cookie_is_set_where_nothing_is_logged(nginx):
    ng = nginx(server="location / { %s }"
               "location /off { %s journey_log off; }"
               "location /if { %s journey_log LOG if=$arg_log; }"
               "location /none { journey off; }" % (ON, ON, ON))
    got = [len(ng.get(uri).all("Set-Cookie"))
           for uri in ("/off", "/if", "/none", "/")]
    assert got == [1, 1, 0, 1]
    assert [r["page"] for r in ng.rows()] == ["/"]


# Consent.

def test_consent_flow(nginx):
    ng = nginx(server="location / { %s }" % CONSENT)
    jar = Jar()
    landing = "/?utm_source=mail&utm_campaign=spring&gclid=x"

    a = ng.get(landing, {"Referer": "https://news.example/x"}, jar=jar)
    b = ng.get("/a", {"Referer": "http://shop.test" + landing}, jar=jar)
    assert a.all("Set-Cookie") == b.all("Set-Cookie") == []
    assert a.one("Cache-Control") is None

    jar["consent"] = "yes"
    own = "http://shop.test:%d%s" % (ng.port, landing)
    c = ng.get("/b", {"Referer": own}, jar=jar)
    d = ng.get("/c", {"Referer": own}, jar=jar)
    assert len(c.all("Set-Cookie")) == 1
    assert d.all("Set-Cookie") == []

    jar["consent"] = "0"
    ng.get("/d?utm_source=x", jar=jar)

    rows = ng.rows()
    assert [r["page"] for r in rows] == ["/", "/a", "/b", "/c", "/d"]
    assert [r["visitor"] is None for r in rows] == [
        True, True, False, False, True]
    assert rows[2]["visitor"] == rows[3]["visitor"]
    assert [(r["source"], r["campaign"], r["click"]) for r in rows] == [
        ("", "", ""), ("", "", ""), ("mail", "spring", "gclid"),
        ("", "", ""), ("", "", "")]
    assert [flags(r) for r in rows] == [
        set(), {"same_host"}, {"consent", "new", "sent"},
        {"consent", "returned", "same_host"}, set()]
    assert {r["mode"] for r in rows} == {"consent"}


def test_rescued_campaign_is_credited(nginx):
    """What the module rescues from the Referer, the tool must believe; what
    is tagged between own pages, it must not."""

    ng = nginx(http="journey_stages see purchase;",
               server="location / { %s journey_stage see; return 200; }"
               "location /paid { %s journey_stage purchase; return 200; }"
               % (CONSENT, CONSENT))
    jar = Jar()
    landing = "/?utm_source=mail&utm_campaign=spring"
    own = {"Referer": "http://shop.test" + landing}

    ng.get(landing, jar=jar)
    jar["consent"] = "yes"
    ng.get("/a", own, jar=jar)
    ng.get("/paid?utm_source=banner&utm_campaign=self", own, jar=jar)
    ng.rows()

    funnel = json.loads(subprocess.run(
        [JOURNEY, "funnel", "--by", "campaign", "--format", "json", ng.log],
        check=True, capture_output=True).stdout)
    assert [(g["key"], [s["visitors"] for s in g["steps"]])
            for g in funnel["groups"]] == [({"campaign": "spring"}, [1, 1])]


def test_untagged_referer_stays_a_referer(nginx):
    ng = nginx(server="location / { %s }" % CONSENT)
    ng.get("/a", {"Cookie": "consent=1", "Referer": "http://shop.test/?x=1"})
    assert flags(ng.rows()[0]) == {"consent", "new", "sent", "same_host"}


def test_first_consented_request_prefers_its_own_campaign(nginx):
    ng = nginx(server="location / { %s }" % CONSENT)
    own = "http://shop.test/?utm_source=old&utm_medium=m"
    yes = {"Cookie": "consent=1"}

    ng.get("/?utm_campaign=new", dict(yes, Referer=own))
    ng.get("/", dict(yes, Referer="http://other.test/?utm_source=theirs"))

    rows = ng.rows()
    assert (rows[0]["source"], rows[0]["campaign"]) == ("", "new")
    assert (rows[1]["source"], rows[1]["referrer"]) == ("", "other.test")


def test_consent_ignores_a_cookie_that_is_there(keyed):
    ng = keyed(server="location / { %s }" % CONSENT)
    ng.get("/", {"Cookie": COOKIE + "=" + cookie(KEY, 5, time.time())})
    ng.get("/", {"Cookie": COOKIE + "=junk"})
    rows = ng.rows()
    assert [(r["visitor"], flags(r)) for r in rows] == 2 * [(None, set())]


def test_full_notes_consent_where_it_is_known(nginx):
    ng = nginx(server="location / { %s journey_consent $arg_c; }" % ON)
    ng.get("/?c=1")
    ng.get("/")
    assert ["consent" in flags(r) for r in ng.rows()] == [True, False]


# What browsers say about a request.

@pytest.mark.parametrize("headers,wanted", [
    ({"Sec-Purpose": "prefetch"}, "speculative"),
    ({"Sec-Purpose": "prefetch;prerender"}, "speculative"),
    ({"Purpose": "prefetch"}, "speculative"),
    ({"X-Purpose": "preview"}, "speculative"),
    ({"X-Moz": "prefetch"}, "speculative"),
    ({"Sec-Purpose": ""}, None),
    ({"Purpose": "other"}, None),
    ({"Sec-GPC": "1"}, "gpc"),
    ({"Sec-GPC": "0"}, None),
    ({"Early-Data": "1"}, "early"),
    ({"Referer": "http://shop.test/x"}, "same_host"),
    ({"Referer": "https://SHOP.TEST:444/"}, "same_host"),
    ({"Referer": "http://www.shop.test/"}, None),
])
def test_flags_from_headers(nginx, headers, wanted):
    ng = nginx(server="location / { %s }" % ON)
    ng.get("/", headers)
    assert flags(ng.rows()[0]) - {"new", "sent"} == (
        {wanted} if wanted else set())


# journey_cookie.

@pytest.mark.parametrize("args,told", [
    ("jny expires=391d", 'invalid parameter "expires=391d"'),
    ("jny expires=0", 'invalid parameter "expires=0"'),
    ("jny expires=soon", 'invalid parameter "expires=soon"'),
    ("jny samesite=maybe", 'invalid parameter "samesite=maybe"'),
    ("jny secure=yes", 'invalid parameter "secure=yes"'),
    ("jny path=shop", 'invalid parameter "path=shop"'),
    ("jny 'path=/;x'", 'invalid parameter "path=/;x"'),
    ("jny domain=", 'invalid parameter "domain="'),
    ("jny colour=red", 'invalid parameter "colour=red"'),
    ("jny red", 'invalid parameter "red"'),
    ("'j y'", '"j y" cannot be the name of a cookie'),
    ("j=y", '"j=y" cannot be the name of a cookie'),
    ("''", '"" cannot be the name of a cookie'),
    ("__Host-v domain=shop.test", '"__Host-" allows no domain='),
    ("__Host-v path=/shop", "only path=/"),
    ("__Host-v secure=off", "forbid secure=off"),
    ("__Secure-v secure=off", "forbid secure=off"),
    ("v samesite=none secure=off", "forbid secure=off"),
    ("v samesite=strict", "the new one would overwrite it, use samesite=lax"),
])
def test_bad_cookies(config, args, told):
    ng = config(server="location / { %s journey_cookie %s; }" % (ON, args))
    code, said = ng.test()
    assert code == 1
    assert "[emerg]" in said and told in said


@pytest.mark.parametrize("args,name,attributes", [
    ("", "jny", "Max-Age=33696000; Path=/; HttpOnly; SameSite=Lax"),
    ("v", "v", "Max-Age=33696000; Path=/; HttpOnly; SameSite=Lax"),
    ("v domain=shop.test path=/a expires=30d samesite=lax secure=on", "v",
     "Max-Age=2592000; Path=/a; Domain=shop.test; HttpOnly; SameSite=Lax;"
     " Secure"),
    ("__Host-v", "__Host-v",
     "Max-Age=33696000; Path=/; HttpOnly; SameSite=Lax; Secure"),
    ("__Secure-v path=/a", "__Secure-v",
     "Max-Age=33696000; Path=/a; HttpOnly; SameSite=Lax; Secure"),
])
def test_cookie_attributes(nginx, args, name, attributes):
    ng = nginx(server="location / { %s %s }"
               % (ON, args and "journey_cookie %s;" % args))
    line = ng.get("/").one("Set-Cookie")
    assert line.startswith(name + "=")
    assert line.split("; ", 1)[1] == attributes
