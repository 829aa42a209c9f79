"""exempt, cookieless and Sec-GPC: what is not set, not read, not kept."""

import glob
import gzip
import hashlib
import http.client
import os
import re
import socket
import struct
import subprocess
import time

import pytest

from conftest import COOKIE, Jar, flags, free_port, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
COOKIELESS = "journey on; journey_privacy cookieless;"
AGENT = "Mozilla/5.0 (X11; test) Firefox/128.0"
DAY = 86400


# exempt

def test_exempt_has_a_cookie_and_nothing_else(nginx):
    ng = nginx(http="journey_stages -;",
               server="location / { journey on; journey_privacy exempt;"
                      " journey_value 9.50 EUR order=$arg_o;"
                      " journey_campaign term=$arg_t;"
                      " journey_stage $journey_campaign-; }")
    jar = Jar()
    target = "/?utm_source=mail&utm_campaign=c&gclid=1&o=A1&t=x"
    for _ in range(2):
        ng.get(target, {"Referer": "http://a.example/?utm_source=s&q=secret"},
               jar=jar)

    rows = ng.rows()
    assert rows[0]["visitor"] == rows[1]["visitor"] is not None
    assert [flags(r) for r in rows] == [{"new", "sent"}, {"returned"}]

    for row in rows:
        assert (row["mode"], row["stage"]) == ("exempt", "-")
        assert row["referrer"] == "a.example"
        assert row["value"] is None
        for name in ("source", "medium", "campaign", "term", "content",
                     "click", "order", "currency"):
            assert row[name] == "", name


# Sec-GPC

@pytest.mark.parametrize("mode,known,tagged", [
    ("full", False, True),
    ("consent", False, False),
    ("exempt", False, False),
    ("cookieless", False, True),
])
def test_gpc_is_honored(nginx, mode, known, tagged):
    gpc = {"Sec-GPC": "1"}
    ng = nginx(server="journey_privacy %s; journey_consent 1;"
                      " location / { journey on; }"
                      " location /ignore { journey on; journey_gpc ignore;"
                      " return 200; }" % mode)
    jar = Jar()
    first = ng.get("/?utm_source=a", gpc, jar=jar)
    assert first.all("Set-Cookie") == [] and first.one("Cache-Control") is None

    ignoring = ng.get("/ignore?utm_source=a", gpc, jar=jar)
    assert len(ignoring.all("Set-Cookie")) == (mode != "cookieless")

    ng.get("/", gpc, jar=jar)       # there is a cookie now: it is not read
    a, b, c = ng.rows()

    assert (a["visitor"], c["visitor"]) == (None, None)
    assert b["visitor"] is not None
    assert flags(a) - {"consent"} == flags(c) - {"consent"} == {"gpc"}
    assert not ("consent" in flags(a) or "consent" in flags(c))
    assert flags(b) >= {"gpc", "consent"}
    assert (a["source"] == "a") == tagged
    assert (b["source"] == "a") == (mode != "exempt")


# cookieless

def get_from(ng, address, agent=AGENT, target="/", host="shop.test"):
    c = http.client.HTTPConnection("127.0.0.1", ng.port, timeout=20,
                                   source_address=(address, 0))
    c.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    c.putheader("Host", host)
    if agent is not None:
        c.putheader("User-Agent", agent)
    c.putheader("Cookie", COOKIE + "=" + "A" * 28)
    c.endheaders()
    answer = c.getresponse()
    answer.read()
    c.close()
    return answer


def visitor_of(salt, address, agent=AGENT, host="shop.test"):
    """As docs/DIRECTIVES.md says, without the module."""

    text = b"".join(struct.pack("<Q", len(p)) + p for p in (
        socket.inet_aton(address), agent.encode(), host.encode()))
    digest = hashlib.blake2b(text, key=salt, digest_size=16).digest()
    return struct.unpack_from("<Q", digest)[0]


def memory(pid, kinds="ps"):
    """The writable memory of a process: private and shared, or one of them."""

    with open("/proc/%d/maps" % pid) as f:
        lines = f.read().splitlines()

    with open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in lines:
            first, last, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if mode[:2] != "rw" or mode[3] not in kinds:
                continue
            size = int(last, 16) - int(first, 16)
            if size > 1 << 30:          # the shadow of a sanitizer
                continue
            mem.seek(int(first, 16))
            try:
                yield mem.read(size)
            except OSError:
                pass


def find_salt(ng, visitor, address):
    """The salt that makes this visitor, out of the shared memory."""

    for part in memory(ng.workers()[0], "s"):
        if len(part) > 1 << 20:
            continue
        for at in range(0, len(part) - 31, 8):
            if any(part[at:at + 32]) and visitor_of(
                    part[at:at + 32], address) == visitor:
                return part[at:at + 32]

    raise AssertionError("no salt makes visitor %x" % visitor)


def test_cookieless(nginx):
    """One visitor per address, agent and host, the same in all workers."""

    ng = nginx(server="location / { %s add_header X-Pid $pid; }" % COOKIELESS,
               workers=2)
    who = [("127.0.0.1", AGENT, "shop.test"), ("127.0.0.2", AGENT, "shop.test"),
           ("127.0.0.1", "other", "shop.test"),
           ("127.0.0.1", AGENT, "www.shop.test"),
           ("127.0.0.1", None, "shop.test")]

    served = []

    def both_served_all():
        for address, agent, host in who:
            answer = get_from(ng, address, agent, "/?utm_source=m", host)
            assert answer.getheader("Set-Cookie") is None
            assert answer.getheader("Cache-Control") is None
            served.append((answer.getheader("X-Pid"), agent, address, host))

        return len(set(served)) == 2 * len(who)

    wait_for(both_served_all, "both workers")
    assert 'no "journey_key"' not in ng.error_text()
    rows = ng.rows()
    assert len({b["writer"] for b in ng.blocks()}) == 2
    found = {(r["host"], r["agent"], r["visitor"]) for r in rows}
    assert len(rows) == len(served) and len(found) == len(who)
    assert len({v for _, _, v in found}) == 5 and None not in {
        v for _, _, v in found}
    assert all(flags(r) == set() for r in rows)
    assert {(r["mode"], r["source"]) for r in rows} == {("cookieless", "m")}


def test_cookieless_outlives_a_reload_not_a_restart(nginx):
    ng = nginx(server="location / { %s }" % COOKIELESS)
    ng.get("/")
    ng.reload()
    ng.get("/")
    ng.rows(2)
    ng.stop()
    ng.start()
    ng.get("/")
    a, b, c = [r["visitor"] for r in ng.rows()]
    assert a == b != c


def test_address_is_nowhere(nginx):
    ng = nginx(server="location / { %s }" % COOKIELESS, flush="1h",
               level="warn")
    get_from(ng, "127.203.107.99")

    def spooled():
        """The spool once the row is there: the answer comes before it."""

        text = b""

        for path in glob.glob(ng.spool + "/*"):
            with open(path, "rb") as f:
                text += f.read()

        return b"shop.test" in text and text

    kept = wait_for(spooled, "row in the spool")
    ng.stop()

    with gzip.open(ng.log) as f:
        kept += f.read()

    with open(ng.errors, "rb") as f:
        kept += f.read()

    assert b"127.203.107.99" not in kept
    assert bytes([127, 203, 107, 99]) not in kept
    assert bytes([99, 107, 203, 127]) not in kept


def test_realip_and_unix_sockets(nginx, tmp_path):
    path = str(tmp_path / "s")
    ng = nginx(server="%s location / { set_real_ip_from 127.0.0.1;"
                      " real_ip_header X-Real; }"
                      " listen unix:%s;" % (COOKIELESS, path))

    for address in ("1.2.3.4", "5.6.7.8", "1.2.3.4", "2001:db8::1"):
        ng.get("/", {"X-Real": address})

    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(b"GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n")
        assert s.recv(1000).startswith(b"HTTP/1.1 200")

    ng.raw(b"GET / HTTP/1.1\r\nbad\r\n\r\n")
    a, b, c, d, e, f = [r["visitor"] for r in ng.rows()]
    assert a == c and len({a, b, d}) == 3 and None not in (a, b, d)
    assert e is None and f is None


@pytest.fixture
def clock(tmp_path, monkeypatch):
    """clock(SECONDS) puts nginx's wall clock ahead."""

    library = str(tmp_path / "clock.so")
    ahead = str(tmp_path / "ahead")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library,
                    os.path.join(HERE, "clock.c"), "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", library)
    monkeypatch.setenv("TEST_CLOCK", ahead)

    def put(seconds):
        with open(ahead, "w") as f:
            f.truncate(seconds)

    return put


def test_salt_lives_for_a_day(nginx, clock):
    """The documented hash, a new salt in all workers after midnight, and none
    of the old one left in any process though nobody came."""

    noon = (DAY + DAY // 2 - int(time.time())) % DAY
    clock(noon)
    ng = nginx(server="location / { %s }" % COOKIELESS, workers=2)
    get_from(ng, "127.0.0.9")
    clock(noon + DAY // 3)
    get_from(ng, "127.0.0.9")
    rows = sorted(ng.rows(2), key=lambda r: r["time"])  # of two workers
    assert rows[0]["visitor"] == rows[1]["visitor"]
    assert rows[1]["time"] - rows[0]["time"] >= DAY // 3 * 1000

    salt = find_salt(ng, rows[0]["visitor"], "127.0.0.9")
    pids = ng.workers() + [ng.process.pid]

    # who hashed has no copy of its own, not even of a half

    assert not any(half in part for pid in pids for part in memory(pid, "p")
                   for half in (salt[:16], salt[16:]))

    clock(noon + DAY)
    wait_for(lambda: not any(salt in part for pid in pids
                             for part in memory(pid)), "salt forgotten", 20)

    for _ in range(10):
        get_from(ng, "127.0.0.9")

    rows = ng.rows(12)
    assert len({r["visitor"] for r in rows[2:]}) == 1
    assert rows[2]["visitor"] != rows[0]["visitor"]
    assert find_salt(ng, rows[2]["visitor"], "127.0.0.9") != salt
