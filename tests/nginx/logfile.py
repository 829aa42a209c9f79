"""What the tests of the log's writer need beside conftest.py: blocks read by
nothing but struct, gzip, msgpack and the oracle's jnylog, and requests in
bulk."""

import collections
import fcntl
import glob
import gzip
import json
import os
import signal
import socket
import struct
import subprocess
import threading
import time
import zlib

import jnylog
import msgpack
import pytest

from conftest import TOP, wait_for

JOURNEY = os.environ.get("JOURNEY", os.path.join(TOP, "build/journey"))

FINAL, RECOVERED = 1, 2

HTTP = "journey_privacy full;"
SERVER = "location / { journey on; try_files /index.html =404; }"
BEACONS = SERVER + "location = /beacon { journey on; journey_beacon; }"

Block = collections.namedtuple(
    "Block", "offset flags n writer seq base dropped payload")


def blocks(path):
    """All blocks of a log; nothing else may be in it.  The last one may be
    just on its way: a write() is not seen all at once."""

    for _ in range(20):
        with open(path, "rb") as f:
            log = f.read()

        try:
            return parse(path, log)
        except TornBlock as e:
            torn = e
            time.sleep(0.05)

    raise torn


class TornBlock(AssertionError):
    pass


def parse(path, log):
    found = []
    at = 0

    while at < len(log):
        head = log[at:at + 92]

        if len(head) < 92:
            raise TornBlock("torn header in %s at %d" % (path, at))

        assert head[:4] == b"\x1f\x8b\x08\x04" and head[12:14] == b"JY", (
            path, at, head[:16])
        assert zlib.crc32(head[:88]) == struct.unpack_from("<I", head, 88)[0]

        flags, _, clen, ulen, n = struct.unpack_from("<HHIII", head, 20)
        writer, seq, base, dropped = struct.unpack_from("<QQQQ", head, 36)

        if at + clen > len(log):
            raise TornBlock("torn block in %s at %d" % (path, at))

        raw = gzip.decompress(log[at:at + clen])
        assert len(raw) == ulen
        payload = msgpack.unpackb(raw)
        assert payload["n"] == n

        found.append(Block(at, flags, n, writer, seq, base, dropped, payload))
        at += clen

    return found


def pages(block):
    """The touchpoint of every row, which is the page but for beacons."""

    return [row["touchpoint"] for row in jnylog.block_rows(block.payload)]


def streams(paths):
    """writer -> its blocks by seq; checks that seq and base are continuous
    from 0 and that FINAL comes last if at all."""

    found = collections.defaultdict(list)

    for path in paths:
        for b in blocks(path):
            found[b.writer].append(b)

    for of_writer in found.values():
        of_writer.sort(key=lambda b: b.seq)
        base = dropped = 0

        for seq, b in enumerate(of_writer):
            assert (b.seq, b.base) == (seq, base), of_writer
            assert b.dropped >= dropped
            assert not b.flags & FINAL or b is of_writer[-1]
            assert b.n or b.flags & FINAL
            base += b.n
            dropped = b.dropped

    return found


def all_pages(paths):
    """In the order of the files."""

    return [p for path in paths for b in blocks(path) for p in pages(b)]


def spools(ng):
    return sorted(glob.glob(os.path.join(ng.spool, "*")))


def committed(ng, name):
    """The path of the spool that has this page's row.  nginx answers before
    it logs, so the row may come a moment after the answer."""

    def look():
        for path in spools(ng):
            with open(path, "rb") as f:
                if b"/" + name.encode() in f.read():
                    return path

    return wait_for(look, "row %s in a spool" % name)


def audit(paths):
    """What `journey audit` says about logs and spools: its exit status and
    its document."""

    p = subprocess.run([JOURNEY, "audit", "--format", "json"] + paths,
                       stdout=subprocess.PIPE)
    return p.returncode, json.loads(p.stdout)


def reported(paths):
    """all_pages() as `journey cat` tells them."""

    p = subprocess.run([JOURNEY, "cat", "--format", "json"] + paths,
                       stdout=subprocess.PIPE, check=True)
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    return [row.get("touchpoint") or row["page"] for row in rows]


def whole(path):
    subprocess.run(["gzip", "-t"], stdin=open(path), check=True)


def small_spool(ng):
    ng.edit("journey_spool %s" % ng.spool,
            "journey_spool %s size=64k" % ng.spool)
    return ng


def single(ng):
    """conftest.py knows workers as a master's children."""

    ng.workers = lambda: [ng.process.pid]
    return ng


def lock(f):
    """As appenders do; OSError when somebody else holds it."""

    set_lock(f, fcntl.F_WRLCK)


def unlock(f):
    set_lock(f, fcntl.F_UNLCK)


def set_lock(f, kind):
    fcntl.fcntl(f, fcntl.F_OFD_SETLK,
                struct.pack("hhqqi", kind, os.SEEK_SET, 0, 0, 0))


def is_beacon(name):
    return name.startswith("beacon")


def row_of(name):
    """How all_pages() tells what was sent under this name."""

    return name if is_beacon(name) else "/" + name


def request_of(name):
    if not is_beacon(name):
        return (b"GET /%s HTTP/1.1\r\nHost: shop.test\r\n"
                b"User-Agent: test\r\n\r\n" % name.encode())

    body = b"touchpoint=" + name.encode()
    return (b"POST /beacon HTTP/1.1\r\nHost: shop.test\r\n"
            b"User-Agent: test\r\nOrigin: http://shop.test\r\n"
            b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body))


def send(port, names, patient=False):
    """For each name GET /NAME, or a beacon with this touchpoint where it
    begins so, 50 requests a connection, one at a time; returns the names that
    were answered: all, or if patient those that were not cut off by a server
    that closes its idle connections, or is not there."""

    done = []

    for at in range(0, len(names), 50):
        try:
            with socket.create_connection(("127.0.0.1", port), 20) as s:
                answers = s.makefile("rb")

                for name in names[at:at + 50]:
                    s.sendall(request_of(name))
                    read_answer(answers, 204 if is_beacon(name) else 200)
                    done.append(name)

        except (ConnectionError, EOFError) as e:
            if not patient:
                raise

            if isinstance(e, ConnectionRefusedError):
                time.sleep(0.01)

    return done


def read_answer(f, status):
    line = f.readline()

    if not line.endswith(b"\n"):
        raise EOFError

    assert line.startswith(b"HTTP/1.1 %d" % status), line
    length = 0

    while line.strip():
        line = f.readline()

        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])

    if not line or len(f.read(length)) != length:
        raise EOFError


class Traffic:
    """Clients that send until they are told to stop: `with Traffic(ng) as t`;
    afterwards t.done are the names that were answered.  With beacons every
    other request is one."""

    def __init__(self, ng, clients=3, limit=20000, beacons=False):
        self.done = []
        self.failures = []
        self.clients = clients
        self.kinds = ("c", "beacon") if beacons else ("c",)
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.client,
                                         args=(ng.port, c, limit))
                        for c in range(clients)]

    def client(self, port, c, limit):
        try:
            for at in range(0, limit, 20):
                if self.stopping.is_set():
                    break

                done = send(port, ["%s%d-%d" % (
                    self.kinds[i % len(self.kinds)], c, i)
                    for i in range(at, at + 20)], patient=True)

                with self.lock:
                    self.done += done

        except Exception as e:      # whoever waits for us shall hear of it
            self.failures.append(e)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *failure):
        self.stopping.set()
        for t in self.threads:
            t.join()
        assert not self.failures, self.failures

    def sent(self):
        assert not self.failures, self.failures

        with self.lock:
            return len(self.done)


class Strace:
    """`with Strace(ng, "write:error=EIO") as calls`: the worker's calls with
    the log's or its folder's path fail; or, where main, any of its first
    thread."""

    def __init__(self, ng, *inject, main=False):
        (worker,) = ng.workers()
        self.out = os.path.join(ng.dir, "strace")
        self.tasks = "/proc/%d/task" % worker
        self.main = main
        self.command = ["strace", "-qq", "-o", self.out, "-p", str(worker),
                        "-e", "trace=" + ",".join(i.split(":")[0]
                                                  for i in inject)]

        for i in inject:
            self.command += ["-e", "inject=" + i]

        if not main:
            self.command += ["-f", "-P", ng.log, "-P", os.path.dirname(ng.log)]

    def attached(self):
        if self.process.poll() is not None:
            said = self.process.stderr.read().decode()
            assert "not permitted" in said, "strace: " + said
            pytest.skip("strace: " + said)

        tasks = os.listdir(self.tasks)
        return sum(self.traced(t) for t in tasks) == (
            1 if self.main else len(tasks))

    def traced(self, task):
        with open("%s/%s/status" % (self.tasks, task)) as f:
            return "TracerPid:\t0\n" not in f.read()

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL)
        wait_for(self.attached, "strace")
        return self

    def __exit__(self, *failure):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate()

    def text(self):
        with open(self.out) as f:
            return f.read()

    def wait(self, what="(INJECTED)"):
        wait_for(lambda: what in self.text(), what)
