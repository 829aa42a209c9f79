"""Samples, logins, keys that change while nginx runs, and shared caches."""

import base64
import os
import re
import time

import pytest

from conftest import COOKIE, Jar, flags, free_port, wait_for
from test_visitor import KEY, OLD, cookie, keyfile, siphash

ON = "journey on; journey_privacy full;"
LOGIN = bytes(range(100, 116))


def known(visitor, key=KEY):
    return {"Cookie": COOKIE + "=" + cookie(key, visitor, time.time())}


def keyed(config, server, http="", text=None, **kw):
    ng = config(server=server, http="journey_key journey.key;" + http, **kw)
    keyfile(ng, text=text or "%s\nlogin %s\n" % (KEY.hex(), LOGIN.hex()))
    return ng


# journey_sample

def mixed(visitor):
    """SplitMix64's finalizer, from the paper."""

    mask = (1 << 64) - 1
    x = (visitor ^ visitor >> 30) * 0xbf58476d1ce4e5b9 & mask
    x = (x ^ x >> 27) * 0x94d049bb133111eb & mask
    return x ^ x >> 31


@pytest.mark.parametrize("rate,share", [("30%", 0.3), ("12.5%", 0.125)])
def test_sample_takes_whole_visitors(config, rate, share):
    ng = keyed(config, "journey_sample %s; location / { %s }" % (rate, ON),
               text=KEY.hex())
    ng.start()
    sent = [v * 0x9e3779b97f4a7c15 % (1 << 64) for v in range(1, 201)]
    lines = b"".join(b"GET /%d HTTP/1.1\r\nHost: shop.test\r\nCookie: %s\r\n\r\n"
                     % (n, known(v)["Cookie"].encode())
                     for v in sent for n in range(3))
    ng.raw(lines + b"GET / HTTP/1.0\r\n\r\n")

    rows = [r for r in ng.rows() if "returned" in flags(r)]
    kept = {r["visitor"] for r in rows}
    assert kept == {v for v in sent if mixed(v) % 10 ** 6 < share * 10 ** 6}
    assert 0.5 * share < len(kept) / 200 < 1.6 * share
    assert len(rows) == 3 * len(kept)


def test_sample_of_unknown_visitors_and_of_new_ones(nginx):
    """Rows without a visitor are kept at the same rate; who is left out gets
    a cookie all the same, and stays out."""

    ng = nginx(server="journey_sample 50%%; location / { %s"
                      " add_header X-L $journey_visitor; }" % ON)
    ng.raw(b"HEAD /x HTTP/1.1\r\nHost: shop.test\r\n\r\n" * 600
           + b"HEAD /x HTTP/1.0\r\n\r\n")
    new = [ng.get("/") for _ in range(60)]
    assert all(len(a.all("Set-Cookie")) == 1 for a in new)

    rows = ng.rows()
    unknown = [r for r in rows if r["visitor"] is None]
    assert 220 < len(unknown) < 380
    minted = {int(a.one("X-L"), 16) for a in new}
    assert {r["visitor"] for r in rows} - {None} == {
        v for v in minted if mixed(v) % 10 ** 6 < 500000}


@pytest.mark.parametrize("rate", ["0%", "10", "100.1%", "1e1%", "%", "-5%",
                                  "0.00001%", "$arg_x%"])
def test_bad_samples(config, rate):
    ng = config(server="journey_sample %s;" % rate)
    code, said = ng.test()
    assert code == 1 and 'invalid journey_sample "%s": it takes' % rate in said


def test_good_samples(config):
    for rate in ("100%", "0.0001%", "99.9999%"):
        assert config(server="journey_sample %s;" % rate).test()[0] == 0


# journey_visitor

def test_login_is_a_keyed_hash_beside_the_cookie(config):
    ng = keyed(config, "location / { %s journey_visitor $arg_login; }" % ON)
    ng.start()
    for login in ("anna", "", "bob", "anna"):
        ng.get("/?login=" + login, known(7))

    wanted = [int.from_bytes(siphash(LOGIN, v), "little") if v else None
              for v in (b"anna", b"", b"bob", b"anna")]
    rows = ng.rows()
    assert [r["login"] for r in rows] == wanted
    assert {r["visitor"] for r in rows} == {7}

    with open(ng.log, "rb") as f:
        assert b"anna" not in f.read()


@pytest.mark.parametrize("privacy,headers,named", [
    ("full", {}, True),
    ("full", {"Sec-GPC": "1"}, False),
    ("consent", {"Cookie": "consent=1"}, True),
    ("consent", {}, False),
    ("consent", {"Cookie": "consent=1", "Sec-GPC": "1"}, False),
    ("exempt", {}, False),
    ("cookieless", {}, False),
])
def test_login_and_privacy(config, privacy, headers, named):
    ng = keyed(config, "location / { journey on; journey_privacy %s;"
                       " journey_consent $cookie_consent;"
                       " journey_visitor anna; }" % privacy)
    ng.start()
    ng.get("/", headers)
    row, = ng.rows()
    assert (row["login"] is not None) == named


def test_login_survives_the_rotation_of_the_other_keys(config):
    ng = keyed(config, "location / { %s journey_visitor anna; }" % ON)
    ng.start()
    ng.get("/")
    keyfile(ng, text="%s\nlogin %s\n" % (OLD.hex(), LOGIN.hex()))
    ng.reload()
    ng.get("/")
    a, b = ng.rows()
    assert a["login"] == b["login"] is not None


@pytest.mark.parametrize("text,told", [
    (KEY.hex(), '"journey_visitor" needs a key for logins'),
    ("login %s" % LOGIN.hex(), "holds no key"),
    ("%s\nlogin 12" % KEY.hex(), "line 2 is not a key of 32 hex digits"),
    ("%s\nlogin %s\nlogin %s" % (KEY.hex(), KEY.hex(), OLD.hex()),
     "line 3: there is a key for logins already"),
])
def test_login_needs_its_key(config, text, told):
    ng = keyed(config, "location / { %s journey_visitor a; }" % ON, text=text)
    code, said = ng.test()
    assert code == 1 and "[emerg]" in said and told in said


def test_login_without_a_key_file(config):
    code, said = config(server="location / { %s journey_visitor a; }"
                        % ON).test()
    assert code == 1 and '"journey_visitor" needs a key for logins' in said
    assert re.search(r'"journey_visitor" in \S+nginx\.conf:\d+', said)


# journey_key while nginx runs

def signer(ng):
    """The key whose id all of some new cookies have, or None."""

    ids = set()

    for _ in range(8):
        value = ng.get("/").one("Set-Cookie").split(";")[0].split("=", 1)[1]
        ids.add(base64.urlsafe_b64decode(value)[:1])

    for key in (KEY, OLD):
        if ids == {siphash(key, b"journey key id")[:1]}:
            return key

    return None


def accepts(ng, key):
    """Whether all of some connections' workers accept a cookie of the key."""

    return all(ng.get("/", known(5, key)).one("Set-Cookie") is None
               for _ in range(8))


def test_keys_rotate_while_nginx_runs(config):
    ng = keyed(config, "location / { %s }" % ON, text=OLD.hex(), workers=2)
    ng.start()
    jar = Jar()
    ng.get("/", jar=jar)
    assert signer(ng) == OLD and not accepts(ng, KEY)

    # as an editor does it: a new file in place of the old one

    path = keyfile(ng, KEY, OLD)
    os.chmod(path, 0o600)
    workers = ng.workers()
    wait_for(lambda: accepts(ng, KEY), "new key verifies", 5)
    assert signer(ng) == OLD            # not before every worker knows the new
    wait_for(lambda: signer(ng) == KEY, "new key signs", 8)

    assert accepts(ng, OLD)
    assert ng.get("/", jar=jar).all("Set-Cookie") == []
    assert ng.workers() == workers

    keyfile(ng, KEY)
    wait_for(lambda: ng.error_text().count("has changed: 1 keys") == 2,
             "old key is gone from both workers", 5)
    assert not accepts(ng, OLD)
    assert len(ng.get("/", jar=jar).all("Set-Cookie")) == 1


def test_a_key_file_that_is_being_written(config):
    """Half a file is a good one with a key less: visitors would be lost."""

    ng = keyed(config, "location / { %s }" % ON, text=OLD.hex())
    ng.start()
    path = os.path.join(ng.dir, "journey.key")
    end = time.monotonic() + 2.2

    for n in range(1000):
        with open(path, "w") as f:
            f.write("%s\n#%s\n" % (KEY.hex(), "x" * n))

        assert accepts(ng, OLD)
        time.sleep(0.05)

        if time.monotonic() > end:
            break

    keyfile(ng, KEY, OLD)
    wait_for(lambda: accepts(ng, KEY), "new key verifies", 5)
    assert accepts(ng, OLD)


def test_a_bad_key_file_changes_nothing(config):
    good = "%s\nlogin %s" % (OLD.hex(), LOGIN.hex())
    bad = [("rubbish\n", 0o600, "line 1 is not a key of 32 hex digits"),
           (good, 0o644, "has mode 644: others could sign visitors"),
           (OLD.hex(), 0o600, 'its line "login" is gone')]
    started = []

    for text, mode, told in bad:
        ng = keyed(config, "location / { %s journey_visitor anna; }" % ON)
        ng.start()
        os.chmod(keyfile(ng, text=text), mode)
        started.append((ng, told))

    time.sleep(2.4)

    for ng, told in started:
        assert told in ng.error_text()
        assert accepts(ng, KEY) and not accepts(ng, OLD)
        os.unlink(os.path.join(ng.dir, "journey.key"))

    time.sleep(1.2)

    for ng, _ in started:
        assert accepts(ng, KEY)
        keyfile(ng, text=good)

    for ng, _ in started:
        wait_for(lambda: accepts(ng, OLD), "recovery", 5)
        told = ng.error_text().count("the keys from before stay in use")
        assert told == 1                # a minute


# A shared cache in front.

def test_a_shared_cache_never_shares_a_cookie(config):
    """The cache ignores Set-Cookie, as caches may; what keeps the cookie out
    of it is Cache-Control alone."""

    port = free_port()
    ng = config(
        http="proxy_cache_path cache keys_zone=c:1m;",
        server="""
            location / { journey off; proxy_cache c; proxy_cache_valid 1h;
                proxy_ignore_headers Set-Cookie Vary;
                add_header X-C $upstream_cache_status;
                proxy_pass http://127.0.0.1:%d; }""" % port,
        servers="""
            server { listen 127.0.0.1:%d; root html; expires max; %s
                     add_header Cache-Control public;
                     add_header Surrogate-Control max-age=9; }""" % (port, ON))
    ng.start()
    jars = [Jar() for _ in range(6)]
    seen = []

    for jar in jars:
        for path in ("/", "/index.html", "/?a"):
            seen.append(ng.get(path, jar=jar).one("X-C"))

    # each visitor's first answer has a cookie of its own ...

    assert len({jar[COOKIE] for jar in jars}) == 6

    # ... and a known visitor's answers are the site's: cached as it wished

    assert "HIT" in seen
    stranger = ng.get("/?a")
    assert stranger.one("X-C") == "HIT" and stranger.all("Set-Cookie") == []
    rows = ng.rows()
    assert len({r["visitor"] for r in rows}) == sum(
        "new" in flags(r) for r in rows)
