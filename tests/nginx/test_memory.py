"""Memory that does not grow: over requests in the workers, over reloads in the
master.  For seconds here; `make soak` is the full length.

All that the module does is switched on: four privacies, campaigns, fields,
logins, beacons, upstream headers, two logs, spools, threads where nginx has
them, status.  What is measured, of each process:

    anon   Anonymous of smaps_rollup, kB: heap, stacks, data.  Not the spool
           and the counters, which are of a fixed size.
    pss    all of it, its share of what is shared: a mapping kept shows here
    maps   mappings, fds: descriptors
    heap   bytes of it that are in use, of a master: heap.c is preloaded

A tenth, and 30,000 requests at least, is warm-up: buffers grow to the largest
block and dictionary, and the allocator meets every size.  From there to the
end BOUND_KB more is allowed, which is what glibc's arenas and a larger block
still move it by: over 10^7 requests to two workers that is a byte in every
eighth, over 60,000 it is 35 bytes in each.

nginx itself keeps some 80 bytes of each reload and fragments its heap a little,
so an nginx without the module is reloaded as often beside ours.  The growth of
our heap may be HEAP_B a reload more, less than the smallest allocation; that of
the pages it lies in, RELOAD_KB.

JNY_SOAK_REQUESTS, JNY_SOAK_RELOADS: how many.
"""

import json
import multiprocessing
import os
import random
import re
import signal
import socket
import subprocess
import time

import pytest

from conftest import MODULE, NGINX, WAIT_S, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
REQUESTS = int(os.environ.get("JNY_SOAK_REQUESTS", "60000"))
RELOADS = int(os.environ.get("JNY_SOAK_RELOADS", "60"))
WORKERS = 2
WARM_UP = 30000
BATCH = 50
BOUND_KB = 512
RELOAD_KB = 256
HEAP_B = 8
SPOOL_KB = 2048  # one of the two is written to slowly, page by page

VERSION = subprocess.run([NGINX, "-V"], capture_output=True, text=True).stderr
THREADS = "--with-threads" in VERSION
PRIVACIES = ["full", "consent", "exempt", "cookieless"]

pytestmark = pytest.mark.skipif(
    "fsanitize" in VERSION, reason="a sanitizer keeps what was freed; its own "
    "search for leaks runs in all tests when a process ends")

HTTP = """
    journey_stages awareness consideration decision purchase;
    journey_key $dir/key;
    journey_privacy full;
    journey_upstream_headers on;
    journey_sample 90%;
    keepalive_requests 1000000000;
    log_not_found off;
    map $arg_stage $stage {
        default $arg_stage;
        ""      awareness;
    }"""

LOCATION = """
    location /%(privacy)s/ {
        journey on;
        journey_privacy %(privacy)s;
        journey_consent $cookie_consent;
        journey_stage $stage;
        journey_field seat $arg_seat;
        journey_field team $http_x_team;
        %(more)s
        rewrite ^ /index.html break;
    }"""

# What may not be everywhere: a login or an amount is a journey's own.

MORE = """
        journey_visitor $arg_login;
        journey_value $arg_value EUR order=$arg_order;
        journey_internal $arg_staff;"""

SERVER = "".join(LOCATION % {"privacy": p, "more": MORE if p == "full" else ""}
                 for p in PRIVACIES) + """
    location /api/ {
        journey on;
        proxy_pass http://127.0.0.1:%(upstream)d;
    }
    location /other/ {
        journey on;
        journey_log $dir/other.jny flush=1s gzip=6 %(threads)s;
        rewrite ^ /index.html break;
    }
    location /missing/ { journey on; error_page 404 /index.html; }
    location = /beacon { journey on; journey_beacon;
                         journey_field seat $arg_seat; }
    location = /status { journey_status; }
    location = /metrics { journey_status prometheus; }"""

UPSTREAM = """
    server {
        listen 127.0.0.1:%d;
        location / {
            add_header X-Journey-Stage decision;
            add_header X-Journey-Value 12.50;
            add_header X-Journey-Order $arg_order;
            return 200 "ok\\n";
        }
    }"""


def memory(pid):
    """What one process has: {"anon", "pss", "maps", "fds"}."""

    with open("/proc/%d/smaps_rollup" % pid) as f:
        text = f.read()

    with open("/proc/%d/maps" % pid) as f:
        maps = len(f.readlines())

    return {"anon": int(re.search(r"^Anonymous:\s+(\d+)", text, re.M)[1]),
            "pss": int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1]),
            "maps": maps, "fds": len(os.listdir("/proc/%d/fd" % pid))}


def everything(config):
    """An nginx with all of it."""

    threads = "threads=soak" if THREADS else ""
    upstream = free_port()
    ng = config(http=HTTP, server=SERVER % {"upstream": upstream,
                                            "threads": threads},
                servers=UPSTREAM % upstream, workers=WORKERS, level="notice",
                main="thread_pool soak threads=2;" if THREADS else "")

    with open(os.path.join(ng.dir, "key"), "w") as f:
        f.write("0123456789abcdef" * 2 + "\nlogin " + "fedcba9876543210" * 2)

    os.chmod(os.path.join(ng.dir, "key"), 0o600)

    with open(ng.conf) as f:
        ng.write(f.read())

    if THREADS:
        ng.edit("flush=1s;", "flush=1s threads=soak;")

    return ng


# The load.

def page(r, cookies):
    """A visitor's page: new, known or forged, with a campaign of its own."""

    kind = r.random()
    cookie = ""

    if kind < 0.6:
        cookie = r.choice(cookies)
    elif kind < 0.7:
        cookie = "%028x" % r.getrandbits(112)

    return (
        "GET /%s/p%d?utm_source=s%d&utm_campaign=c%d&gclid=%d&stage=%s&seat=%d"
        "&login=u%d&value=%d.5&order=o%d HTTP/1.1\r\nHost: shop.test\r\n"
        "User-Agent: Mozilla/5.0 (%d)\r\nReferer: http://r%d.test/\r\n"
        "X-Team: t%d\r\nCookie: consent=%d; jny=%s\r\n\r\n" % (
            r.choice(PRIVACIES), r.getrandbits(12), r.getrandbits(4),
            r.getrandbits(32), r.getrandbits(32),
            r.choice(["", "awareness", "purchase", "none"]), r.getrandbits(8),
            r.getrandbits(16), r.getrandbits(8), r.getrandbits(32),
            r.getrandbits(8), r.getrandbits(16), r.getrandbits(20),
            r.getrandbits(1), cookie)).encode()


GOOD = ["touchpoint=t%d&stage=decision&value=1.5&currency=EUR&order=%d&x_seat=%d",
        "touchpoint=a+b%d&x_seat=%d&order=%d"]
BAD = ["stage=none%d&order=%d-%d", "touchpoint=%d%%zz&order=%d-%d", "x=%d,%d,%d"]


def beacon(r, cookies):
    """Nineteen of twenty are accepted."""

    bad = r.random() < 0.05
    body = r.choice(BAD if bad else GOOD) % (
        r.getrandbits(3), r.getrandbits(20), r.getrandbits(10))

    return ("POST /beacon HTTP/1.1\r\nHost: shop.test\r\nSec-Fetch-Site: %s\r\n"
            "Content-Type: text/plain\r\nCookie: jny=%s\r\n"
            "Content-Length: %d\r\n\r\n%s" % (
                "cross-site" if bad and len(body) % 2 else "same-origin",
                r.choice(cookies), len(body), body)).encode()


def other(r, _cookies):
    return ("GET %s?order=x%d HTTP/1.1\r\nHost: h%d.test\r\n\r\n" % (
        r.choice(["/api/a", "/other/b", "/missing/c", "/status", "/metrics"]),
        r.getrandbits(32), r.getrandbits(20))).encode()


def answered(s, batch):
    """Sends all; how many are answered before nginx closes the connection, as
    it does behind a 400, and whether it did."""

    n, tail = 0, b""

    try:
        s.sendall(b"".join(batch))

        while n < len(batch):
            data = s.recv(1 << 18)

            if not data:
                return n, True

            n += (tail + data).count(b"HTTP/1.1 ")
            tail = data[-8:]
    except (ConnectionResetError, BrokenPipeError):
        return n, True

    return n, False


def send(port, seed, n, cookies):
    """n requests, BATCH of them in flight."""

    r = random.Random(seed)
    batch = []
    idle = 0
    s = socket.create_connection(("127.0.0.1", port), 60)

    while n > 0:
        batch += [kind(r, cookies) for kind in r.choices(
            (page, beacon, other), (80, 15, 5), k=min(BATCH, n) - len(batch))]
        done, closed = answered(s, batch)
        batch = batch[done:]
        n -= done
        idle = 0 if done else idle + 1
        assert idle < 10, "nginx does not answer"

        if closed:
            s.close()
            s = socket.create_connection(("127.0.0.1", port), 60)

    s.close()


def known(ng):
    """Cookies of visitors that nginx knows."""

    made = []

    for _ in range(100):
        line = ng.get("/full/").one("Set-Cookie")

        if line:
            made.append(line.split(";", 1)[0].split("=", 1)[1])

    assert len(made) > 50
    return made


def load(ng, n, cookies, seed):
    """From as many clients as there are workers."""

    clients = [multiprocessing.Process(
        target=send, args=(ng.port, seed * 100 + i, n // WORKERS, cookies))
        for i in range(WORKERS)]

    for c in clients:
        c.start()

    for c in clients:
        c.join()
        assert c.exitcode == 0


# The judgement.

def table(rows, columns):
    print("%10s" % rows[0][0] + "".join("%12s" % c for c in columns))

    for row in rows[1:]:
        print("%10d" % row[0] + "".join("%12d" % row[1][c] for c in columns))


def grown(rows, column, warm_up=0):
    """From behind the warm-up to the end."""

    first = next(r for r in rows[1:] if r[0] >= warm_up)
    return rows[-1][1][column] - first[1][column]


def test_requests(config):
    ng = everything(config).start()
    cookies = known(ng)
    pids = ng.workers()
    rows = [("requests",)]
    began = time.monotonic()
    assert len(pids) == WORKERS

    for tenth in range(10):
        load(ng, REQUESTS // 10, cookies, tenth)
        os.unlink(ng.rotate())
        found = [memory(pid) for pid in pids]
        rows.append(((tenth + 1) * (REQUESTS // 10), {
            "%s %d" % (name, i): m[name]
            for i, m in enumerate(found) for name in m}))

    print("\n%d requests in %d s, two workers, kB" % (
        REQUESTS, time.monotonic() - began))
    table(rows, list(rows[1][1]))
    assert ng.workers() == pids, "a worker has ended"

    said = json.loads(ng.get("/status").text)
    rejected = said["beacons_rejected"]

    # 15 % of the load, of which 5 % are bad; 90 % of the good are sampled

    assert 0.1 < said["beacons"] / REQUESTS < 0.15
    assert sum(rejected.values()) > REQUESTS / 200
    assert all(rejected[why] for why in ("cross_site", "syntax", "field",
                                         "stage")), rejected
    assert said["events_written"] > REQUESTS / 2

    for i in range(WORKERS):
        for name, most in (("anon", BOUND_KB), ("pss", BOUND_KB + SPOOL_KB),
                           ("maps", 4), ("fds", 2)):
            column = "%s %d" % (name, i)
            assert grown(rows, column, WARM_UP) <= most, column


def reload(ng):
    """HUP; until all workers are others."""

    old = set(ng.workers())
    ng.kill(signal.SIGHUP)
    end = time.monotonic() + WAIT_S

    while len(ng.workers()) != WORKERS or old & set(ng.workers()):
        assert time.monotonic() < end, "reload"
        time.sleep(0.002)


def cycle(ng, variants, n, visit):
    """n reloads, of one configuration and the other in turn."""

    for i in range(n):
        ng.write(variants[i % 2], plain=True)

        if visit:
            ng.get("/full/p?utm_campaign=c%d" % i)
            answer = ng.post("/beacon", {"Sec-Fetch-Site": "same-origin",
                                         "Content-Type": "text/plain"},
                             body=b"touchpoint=t")
            assert answer.status in (202, 204)      # 202: not in the sample

        reload(ng)


def variants(ng, old, new):
    with open(ng.conf) as f:
        text = f.read()

    assert old in text
    return [text.replace(old, new), text]


def in_use(ng):
    with open(os.path.join(ng.dir, "heap")) as f:
        return int(f.read())


def test_reloads(config, tmp_path, monkeypatch):
    library = str(tmp_path / "heap.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library,
                    os.path.join(HERE, "heap.c"), "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", library)

    ours = everything(config)
    plain = config(log=False)

    # the same but for what is ours: regular expressions, pools, an upstream

    with open(ours.conf) as f:
        text = f.read().replace(ours.dir, plain.dir)

    text = text.replace("127.0.0.1:%d;" % ours.port,
                        "127.0.0.1:%d;" % plain.port)
    text = text.replace("load_module %s;" % MODULE, "") if MODULE else text
    plain.write(re.sub(r"\bjourney\w*(\s[^;]*)?;", "", text), plain=True)
    upstream = re.search(r"proxy_pass http://127.0.0.1:(\d+)", text)[1]
    plain.edit("127.0.0.1:" + upstream, "127.0.0.1:%d" % free_port())

    both = [(ours, variants(ours, "other.jny", "again.jny"), True),
            (plain, variants(plain, "text/html", "text/plain"), False)]
    rows = [("reloads",)]
    began = time.monotonic()

    for ng, _, _ in both:
        monkeypatch.setenv("TEST_HEAP", os.path.join(ng.dir, "heap"))
        ng.start()

    for tenth in range(10):
        for ng, texts, visit in both:
            cycle(ng, texts, RELOADS // 10, visit)

        found = [{"heap": in_use(ng), **memory(ng.process.pid)}
                 for ng, _, _ in both]
        rows.append(((tenth + 1) * (RELOADS // 10), {
            "%s %s" % (who, name): m[name]
            for who, m in zip(("our", "plain"), found) for name in m}))

    print("\n%d reloads of each in %d s, the masters, heap in bytes, kB" % (
        RELOADS, time.monotonic() - began))
    table(rows, list(rows[1][1]))

    assert (grown(rows, "our heap") - grown(rows, "plain heap")
            <= HEAP_B * RELOADS)

    for name in ("anon", "pss"):
        assert (grown(rows, "our " + name)
                <= max(0, grown(rows, "plain " + name)) + RELOAD_KB), name

    assert grown(rows, "our maps") <= 4
    assert grown(rows, "our fds") <= 4 * WORKERS  # their channels
