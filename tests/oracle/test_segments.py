"""journey compact and journey forget, on random logs, and what becomes of
files when they are killed or the disk is full.

Segments are read with jnylog.py, which shares no code with the tool: each
event is in one of them, with all its columns, in the order of the format.
"""

import collections
import json
import os
import random
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import time
import zlib

import msgpack
import pytest

import jnylog
import jnywrite
import nomem

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
LOGGEN = os.environ.get("LOGGEN", os.path.join(ROOT, "build", "loggen"))
EXAMPLES = 6 * int(os.environ.get("JNY_EXAMPLES", "1"))

STAGES = ["look", "cart", "purchase"]
DAY_MS = 86_400_000
T0 = 1_767_571_200_000          # 2026-01-05
MASK = (1 << 64) - 1
FINAL, SORTED = 1, 4


def sealed(rows, writer, seq, base, flags=0, dropped=0, edge="edge-1", **more):
    p = jnywrite.payload(rows, STAGES, writer, seq, base, flags)
    p.update(dropped=dropped, edge=edge, **more)
    data = msgpack.packb(p)
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    times = [r["time"] for r in rows] or [p["t0"]]
    head = struct.pack("<4sIBBH2sH4sHHIIIQQQQqqI", b"\x1f\x8b\x08\x04",
                       max(times) // 1000, 0, 255, 80, b"JY", 76, b"JNY1",
                       flags, 76, 12 + 80 + len(body) + 8, len(data),
                       len(rows), writer, seq, base, dropped, min(times),
                       max(times), 0)
    head += struct.pack("<I", zlib.crc32(head))
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def event(rng, visitors, ms):
    stage = rng.choice(STAGES + [""])
    row = {"time": ms, "visitor": rng.choice(visitors), "stage": stage,
           "touchpoint": rng.choice(["t1", "t2", ""]),
           "page": rng.choice(["/x", "/y", ""]), "host": "shop",
           "status": rng.choice([0, 200, 404]), "latency": rng.randint(0, 900),
           "flags": rng.randint(0, 7), "referrer": rng.choice(["", "a.example"]),
           "login": rng.choice([0, 0, 0xabcdef0123456789, 0x1122334455667788]),
           "x_team": rng.choice(["red", ""]), "source": rng.choice(["", "s"])}
    if rng.random() < 0.2:
        row["x_role"] = "r"
    if stage == "purchase":
        row.update(value=rng.choice([100, -100, 990000]), currency="EUR",
                   order=f"o{ms}")
    if row["visitor"] and row["visitor"] % 3 == 0:
        row["agent"] = f"Agent {row['visitor']}"
    return row


class Logs:
    """Blocks of a few writers over three days; writers never share a ms."""

    def __init__(self, rng, per_writer=5):
        self.rng = rng
        self.visitors = [0] + [rng.getrandbits(64) for _ in range(12)]
        self.writers = {}
        for k in range(rng.randint(1, 4)):
            writer, base, dropped, ms, blocks = rng.getrandbits(64), 0, 0, 0, []
            ordered = False
            first = rng.choice([0, 0, 7])
            for seq in range(first, first + per_writer):
                rows = []
                for _ in range(rng.randint(1, 40)):
                    ms += rng.choice([0, 0, 4, 400, 8_000_000])
                    ms += 4 * ordered       # no two orders in one ms
                    rows.append(event(rng, self.visitors, T0 + ms + k))
                    ordered = "order" in rows[-1]
                if rng.random() < 0.2:
                    rng.shuffle(rows)
                dropped += rng.choice([0, 0, 3])
                last = seq == first + per_writer - 1
                blocks.append((rows, sealed(
                    rows, writer, seq, base, FINAL if last else 0, dropped,
                    f"edge-{k % 2}")))
                base += len(rows)
            self.writers[writer] = blocks

    def split(self, folder, parts):
        """The blocks of each writer in order, dealt out to files."""
        files = [[] for _ in range(parts)]
        for blocks in self.writers.values():
            cuts = sorted(self.rng.choices(range(parts), k=len(blocks)))
            for cut, (_, block) in zip(cuts, blocks):
                files[cut].append(block)
        names = []
        for i, blocks in enumerate(files):
            if blocks:
                names.append(str(folder / f"log.jny.{parts - i}"))
                jnywrite.write(names[-1], blocks)
        return names

    def rows(self):
        return [r for blocks in self.writers.values() for rows, _ in blocks
                for r in rows]


def run(*args, code=0, **kw):
    p = subprocess.run([JOURNEY, *args], capture_output=True, timeout=60,
                       **{"env": dict(os.environ, TZ="UTC"), **kw})
    assert code is None or p.returncode == code, p.stderr.decode()
    return p


def hashed(v):
    return ((v ^ v >> 32) * 0x9e3779b97f4a7c15) & MASK


def plain(row):
    """A row without what is absent, hashable."""
    row = {k: v for k, v in row.items() if v}
    row.setdefault("touchpoint", row.get("page", ""))
    return tuple(sorted((k, v) for k, v in row.items() if v))


def segments(folder):
    return sorted(str(folder / n) for n in os.listdir(folder))


def check_segment(path):
    """Its rows, having looked at its order, its sources and its ledger."""
    blocks = list(jnylog.read_blocks(path))
    first = blocks[0]
    assert [b["seq"] for b in blocks] == list(range(len(blocks)))
    assert [b["flags"] for b in blocks] == [SORTED] * (len(blocks) - 1) \
        + [SORTED | FINAL]
    assert len({b["writer"] for b in blocks}) == 1
    assert all(b["sources"] == first["sources"] for b in blocks)
    spans = [s[:3] for s in first["sources"]]
    assert spans == sorted(spans)

    rows, base = [], 0
    for b in blocks:
        assert b["base"] == base
        base += b["n"] + b["erased"]
        origins = jnylog.column(b, "origin")
        for row, origin in zip(jnylog.block_rows(b), origins):
            rows.append((hashed(row["visitor"] or 0), row["time"], origin,
                         row))
    keys = [r[:3] for r in rows]
    assert keys == sorted(keys)
    counts = collections.Counter(r[2] for r in rows)
    assert [s[3] for s in first["sources"]] \
        == [counts[i] for i in range(len(spans))]
    return [r[3] for r in rows], first["sources"]


AUDIT = 5                       # of answers()
VOLATILE = {"files", "blocks", "duplicate_blocks", "other_stage_lists"}


def stable(value):
    if isinstance(value, dict):
        if "damage" in value:
            # the same gaps, wherever they are seen
            value = dict(value, damage=sorted(
                [d["writer"], d["seq"], d["kind"], d["events"], d["what"]]
                for d in value["damage"]))
        return {k: stable(v) for k, v in value.items() if k not in VOLATILE}
    return [stable(v) for v in value] if isinstance(value, list) else value


def answers(*files):
    result = []
    for command in (["funnel", "--steps", "look > cart > purchase"],
                    ["funnel", "--by", "host"], ["paths"], ["pages"],
                    ["report"], ["audit"],
                    ["funnel", "--start", "2026-01-06"]):
        bots = [] if command == ["audit"] else ["--bots", "include"]
        p = run(*command, "--format", "json", *bots, *files, code=None)
        assert p.returncode in (0, 3, 4), p.stderr.decode()
        result.append((p.returncode, stable(json.loads(p.stdout))))
    return result


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_every_event_once_and_the_same_answers(tmp_path, seed):
    rng = random.Random(seed)
    logs = Logs(rng)
    names = logs.split(tmp_path, rng.randint(1, 4))
    folder = tmp_path / "segments"
    said = run("compact", "--tz", "UTC", "-o", str(folder), *names).stdout
    assert all(n in said.decode().split("may be removed:")[1] for n in names)

    found = []
    for path in segments(folder):
        rows, _ = check_segment(path)
        found += rows
    assert collections.Counter(map(plain, found)) \
        == collections.Counter(map(plain, logs.rows()))

    expected = answers(*names)
    assert answers(str(folder)) == expected
    assert answers(str(folder), *names) == expected
    assert answers(*segments(folder)[1:], *names) == expected
    assert answers(*names[1:], *segments(folder)) == expected


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_more_for_an_old_day(tmp_path, seed):
    rng = random.Random(1000 + seed)
    logs = Logs(rng, per_writer=8)
    names = logs.split(tmp_path, 4)
    rng.shuffle(names)
    folder = tmp_path / "segments"
    whole = tmp_path / "whole"

    given = []
    for name in names:
        given.append(name)
        before = {p: os.stat(p).st_ino for p in segments(folder)} \
            if folder.exists() else {}
        p = run("compact", "--tz", "UTC", "-o", str(folder), name, code=None)
        assert p.returncode in (0, 4)
        # nothing to add: nothing is written
        after = {p: (os.stat(p).st_ino, open(p, "rb").read())
                 for p in segments(folder)}
        assert set(before) <= set(after)
        run("compact", "--tz", "UTC", "-o", str(folder), *given, code=None)
        assert after == {p: (os.stat(p).st_ino, open(p, "rb").read())
                         for p in segments(folder)}
        assert answers(str(folder)) == answers(*given)

    # in one go it comes to the same, but for the segments' writers
    run("compact", "--tz", "UTC", "-o", str(whole), *names, code=None)
    for a, b in zip(segments(folder), segments(whole)):
        assert check_segment(a) == check_segment(b)

    run("compact", "-o", str(tmp_path / "all.jny"), str(folder))
    rows, _ = check_segment(str(tmp_path / "all.jny"))
    assert collections.Counter(map(plain, rows)) \
        == collections.Counter(map(plain, logs.rows()))


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A log of many small blocks, so that a little memory is too little."""
    path = tmp_path_factory.mktemp("month") / "month.jny"
    subprocess.run([LOGGEN, "--events", "60000", "--days", "3", "--block",
                    "50", "-o", str(path)], check=True)
    return str(path)


def test_little_memory_gives_the_same_segments(tmp_path, month):
    run("compact", "--tz", "UTC", "-o", str(tmp_path / "a"), "--threads", "1",
        month)
    run("compact", "--tz", "UTC", "-o", str(tmp_path / "b"), "--threads", "8",
        "--memory", "64M", month)
    for a, b in zip(segments(tmp_path / "a"), segments(tmp_path / "b")):
        assert check_segment(a) == check_segment(b)


@pytest.mark.parametrize("command", ["funnel", "import", "compact", "forget"])
def test_on_disk_before_and_after_the_rename(tmp_path, month, command):
    said, out = tmp_path / "said", tmp_path / "o" / "x.jny"
    out.parent.mkdir()
    if command == "forget":
        shutil.copy(month, out)
    args = {"funnel": ["-o", str(out), month],
            "import": ["--input", "ndjson", "-o", str(out), "-"],
            "compact": ["-o", str(out), month],
            "forget": ["--visitor", f"{min(ids_of(month)):x}", str(out)]}
    run(command, *args[command], stdin=subprocess.DEVNULL,
        env=dict(os.environ, JNY_SYNCS=str(said),
                 LD_PRELOAD=nomem.shim(tmp_path, "syncs")))
    file, *then = said.read_text().splitlines()
    assert file.startswith(f"fsync {out.parent}/")
    assert then == [f"rename {out}", f"fsync {out.parent}"]


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def test_many_batches_need_no_more_files(tmp_path):
    """The least memory that is for a day takes 250 blocks, however small."""
    log = str(tmp_path / "log.jny")
    subprocess.run([LOGGEN, "--events", "10000", "--days", "1", "--block", "2",
                    "-o", log], check=True)
    command = ["compact", "--tz", "UTC", "--threads", "4", log, "-o"]
    run(*command, str(tmp_path / "a"), "--memory", "4G")
    run(*command, str(tmp_path / "b"), "--memory", "64M",
        preexec_fn=few_files)
    rows = [[check_segment(p) for p in segments(tmp_path / f)] for f in "ab"]
    assert rows[0] == rows[1]
    assert sum(len(r) for r, _ in rows[0]) == len(list(jnylog.read_rows(log)))


def test_a_file_system_without_nameless_files(tmp_path, month):
    shim = nomem.shim(tmp_path, "notmpfile")

    def compact(folder, kill=0):
        folder.mkdir()
        p = subprocess.run(
            [JOURNEY, "compact", "--tz", "UTC", "--threads", "4", "--memory",
             "64M", "-o", str(folder / "all.jny"), month],
            capture_output=True, env=dict(os.environ, LD_PRELOAD=shim,
                                          JNY_TMPFILE_KILL=str(kill)))
        return p.returncode, os.listdir(folder)

    assert compact(tmp_path / "a") == (0, ["all.jny"])
    rows, _ = check_segment(str(tmp_path / "a" / "all.jny"))
    assert len(rows) == len(list(jnylog.read_rows(month)))
    # the first is that of batches: written when the second one is opened
    assert compact(tmp_path / "b", 2) == (-signal.SIGKILL, [])


def killed(command, after_s):
    p = subprocess.Popen([JOURNEY, *command], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL,
                         env=dict(os.environ, TZ="UTC"))
    time.sleep(after_s)
    p.send_signal(signal.SIGKILL)
    return p.wait()


def duration(command):
    start = time.monotonic()
    run(*command)
    return time.monotonic() - start


def visible(folder):
    return sorted(n for n in os.listdir(folder) if not n.startswith("."))


def test_killed_while_compacting(tmp_path, month):
    expected = answers(month)
    spent = duration(["compact", "--tz", "UTC", "-o", str(tmp_path / "x"),
                      month])
    rng, interrupted = random.Random(1), 0
    for i in range(8):
        folder = tmp_path / f"s{i}"
        command = ["compact", "--tz", "UTC", "-o", str(folder), month]
        interrupted += killed(command, rng.random() * spent) != 0
        if folder.exists() and visible(folder):
            for path in visible(folder):
                check_segment(str(folder / path))
            assert answers(month, str(folder)) == expected
        run(*command)
        assert visible(folder) == visible(tmp_path / "x")
    assert interrupted > 0
    assert answers(str(folder)) == expected


def limited(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def test_no_room_while_compacting(tmp_path, month):
    folder = tmp_path / "s"
    command = ["compact", "--tz", "UTC", "-o", str(folder), month]
    for size in (0, 1000, 100_000):
        p = run(*command, code=1, preexec_fn=limited(size))
        assert b"File too large" in p.stderr
        assert os.listdir(folder) == []
    run(*command)
    before = {p: open(p, "rb").read() for p in segments(folder)}
    jnywrite.write(str(tmp_path / "more.jny"), [sealed(
        [{"time": T0 + 5, "visitor": 77}], 99, 0, 0)])
    run("compact", "--tz", "UTC", "-o", str(folder),
        str(tmp_path / "more.jny"), code=1, preexec_fn=limited(1000))
    assert before == {p: open(p, "rb").read() for p in segments(folder)}


def test_a_damaged_block_stays_uncovered(tmp_path):
    rows = [[{"time": T0 + 10 * s + i, "visitor": 5 + i, "page": f"/{s}"}
             for i in range(4)] for s in range(3)]
    blocks = [sealed(r, 42, s, 4 * s) for s, r in enumerate(rows)]
    bad = bytearray(blocks[1])
    bad[-20] ^= 1
    log = str(tmp_path / "log.jny")
    jnywrite.write(log, [blocks[0], bytes(bad), blocks[2]])
    folder = tmp_path / "s"
    p = run("compact", "-o", str(folder), log, code=3)
    assert b"may be removed" not in p.stdout
    (path,) = segments(folder)
    found, sources = check_segment(path)
    assert [s[:4] for s in sources] == [[42, 0, 0, 4], [42, 2, 2, 4]]
    for files in ([log], [log, path]):
        total = json.loads(run("audit", "--format", "json", *files,
                               code=3).stdout)["total"]
        assert (total["read"], total["damaged"], total["balanced"]) \
            == (8, 4, True), files
    # repaired, it is taken in; who may read the segment stays
    jnywrite.write(log, blocks)
    os.chmod(path, 0o600)
    p = run("compact", "-o", str(folder), log)
    assert b"may be removed" in p.stdout
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert [s[:4] for s in check_segment(path)[1]] == [[42, 0, 2, 12]]


def test_the_newest_log_has_no_stage_list(tmp_path):
    """Imported without a model: the others know the order of its stages."""
    log = str(tmp_path / "log.jny")
    rows = [[{"time": T0 + 1000 * s + i, "visitor": 5 + i, "stage": stage}
             for i in range(4)] for s, stage in enumerate(STAGES)]
    jnywrite.write(log, [sealed(rows[0], 42, 0, 0), sealed(rows[1], 42, 1, 4),
                         sealed(rows[2], 43, 0, 0, stages=[])])
    funnel = json.loads(run("funnel", "--bots", "include", "--format", "json",
                            log).stdout)
    assert [(s["name"], s["count"]) for s in funnel["steps"]] \
        == [(stage, 4) for stage in STAGES]
    assert funnel["input"]["other_stage_lists"] == 0
    run("compact", "-o", str(tmp_path / "all.jny"), log)
    assert answers(str(tmp_path / "all.jny")) == answers(log)


def test_a_list_is_as_old_as_its_block(tmp_path):
    """In a segment whose other events are newer, and have no list."""
    day = DAY_MS
    logs = [str(tmp_path / f"{k}.jny") for k in range(3)]

    def steps(*files):
        p = run("funnel", "--bots", "include", "--format", "json", *files)
        return [s["name"] for s in json.loads(p.stdout)["steps"]]

    jnywrite.write(logs[0], [sealed([{"time": T0, "visitor": 5}], 7, 0, 0,
                                    stages=["look", "purchase"])])
    jnywrite.write(logs[1], [sealed([{"time": T0 + k * day, "visitor": 6}
                                     for k in range(6)], 8, 0, 0, stages=[])])
    jnywrite.write(logs[2], [sealed([{"time": T0 + 3 * day, "visitor": 5}], 9,
                                    0, 0)])
    assert steps(*logs) == STAGES
    folder = tmp_path / "s"
    run("compact", "-o", str(folder), logs[0], logs[1])
    assert steps(str(folder)) == ["look", "purchase"]
    assert steps(str(folder), *logs) == STAGES
    run("compact", "-o", str(folder), *logs)
    assert steps(str(folder)) == STAGES
    run("compact", "-o", str(tmp_path / "all.jny"), str(folder))
    assert steps(str(tmp_path / "all.jny")) == STAGES
    run("forget", "--visitor", "6", str(folder))
    assert steps(str(folder)) == STAGES


def test_a_writer_keeps_its_order_around_a_segment(tmp_path):
    """Two pages in one millisecond, the first one at the end of a block."""
    def row(ms, page):
        return {"time": T0 + ms, "visitor": 5, "page": page}

    def converts(*files):
        p = run("funnel", "--steps", "/a > /b", "--bots", "include",
                "--format", "json", *map(str, files))
        return json.loads(p.stdout)["steps"][1]["count"]

    # the segment begins before the loose block, with another writer's event,
    # or behind it, as the writer's clock went back
    for name, first, second, compacted in (
            ("later", [row(20, "/c"), row(30, "/a")],
             [row(30, "/b"), row(40, "/c")], 1),
            ("earlier", [row(30, "/a")], [row(20, "/c"), row(30, "/b")], 0)):
        folder = tmp_path / name
        folder.mkdir()
        logs = [folder / "0.jny", folder / "1.jny", folder / "2.jny"]
        jnywrite.write(str(logs[0]), [sealed(first, 7, 0, 0)])
        jnywrite.write(str(logs[1]), [sealed(second, 7, 1, len(first))])
        jnywrite.write(str(logs[2]), [sealed([row(15 if compacted else 50,
                                                  "/d")], 9, 0, 0)])
        segment = folder / "s.jny"
        run("compact", "-o", str(segment), str(logs[compacted]), str(logs[2]))
        assert converts(*logs) == 1
        assert converts(logs[1 - compacted], segment) == 1, name
        assert converts(segment, *logs) == 1, name


def test_who_may_read_a_segment(tmp_path):
    """Nobody who may not read the logs, or might not before."""
    logs = [str(tmp_path / f"log.jny.{k}") for k in range(4)]
    for k, log in enumerate(logs):
        jnywrite.write(log, [sealed([{"time": T0 + k // 2 * DAY_MS,
                                      "visitor": 5}], 42 + k, 0, 0)])
    folder = tmp_path / "s"

    def modes(*names, umask=0o022, **kw):
        run("compact", "-o", str(folder), *names, umask=umask, **kw)
        return [stat.S_IMODE(os.stat(p).st_mode) for p in segments(folder)]

    for log, mode in zip(logs, (0o664, 0o640, 0o444, 0o604)):
        os.chmod(log, mode)
    assert modes(logs[0], logs[2]) == [0o644, 0o644]
    # more of the first day, and its owner who closes the second one
    os.chmod(segments(folder)[1], 0o600)
    assert modes(*logs) == [0o640, 0o600]

    shutil.rmtree(folder)
    assert modes(*logs, umask=0o077) == [0o600, 0o600]
    shutil.rmtree(folder)
    with open(logs[0], "rb") as log:
        assert modes("-", stdin=log) == [0o644]
    shutil.rmtree(folder)
    assert modes("-", input=open(logs[0], "rb").read()) == [0o600]

    if os.geteuid() != 0:
        return
    # a group: theirs; of two nobody knows who is in both
    for log in logs:
        os.chmod(log, 0o640)
        os.chown(log, 0, 4)
    shutil.rmtree(folder)
    assert modes(*logs) == [0o640, 0o640]
    assert {os.stat(p).st_gid for p in segments(folder)} == {4}
    os.chown(logs[0], 0, 5)
    shutil.rmtree(folder)
    assert modes(*logs) == [0o600, 0o640]
    os.chmod(logs[0], 0o644)
    os.chmod(logs[1], 0o644)
    shutil.rmtree(folder)
    assert modes(*logs) == [0o644, 0o640]


def test_a_damaged_segment(tmp_path, month):
    folder = tmp_path / "s"
    run("compact", "--tz", "UTC", "-o", str(folder), month)
    path = segments(folder)[0]
    data = open(path, "rb").read()
    heads = list(jnylog.headers(data))
    assert len(heads) > 1

    # without its end, or a block: the logs are read where they are there
    for cut in (data[:heads[-1]["offset"]], data[heads[0]["clen"]:]):
        open(path, "wb").write(cut)
        p = run("funnel", "--format", "json", str(folder), month, code=3)
        assert b"segment is not whole" in p.stderr
        assert stable(json.loads(p.stdout))["steps"] == stable(json.loads(
            run("funnel", "--format", "json", month).stdout))["steps"]
        total = json.loads(run("audit", "--format", "json", str(folder),
                               code=None).stdout)["total"]
        assert total["read"] + total["damaged"] == total["accepted"]
        assert total["damaged"] > 0


def ids_of(path):
    return {r["visitor"] for r in jnylog.read_rows(path)} - {None}


def forget_case(tmp_path, seed):
    rng = random.Random(seed)
    logs = Logs(rng)
    names = logs.split(tmp_path, 2)
    folder = tmp_path / "segments"
    run("compact", "--tz", "UTC", "-o", str(folder), *names)
    everybody = sorted({r["visitor"] for r in logs.rows()} - {0})
    gone = rng.sample(everybody, min(len(everybody), rng.randint(1, 4)))
    return rng, logs, names, folder, gone


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_forget(tmp_path, seed):
    rng, logs, names, folder, gone = forget_case(tmp_path, 2000 + seed)
    files = names + segments(folder)
    for name in files:
        os.chmod(name, 0o640)
        os.utime(name, (1_700_000_000, 1_700_000_123))
    before = {n: list(jnylog.read_blocks(n)) for n in files}
    bytes_of = {n: open(n, "rb").read() for n in files}

    listed = ",".join(f"{v:016x}" for v in gone)
    p = run("forget", "--visitor", listed + ",00000000deadbeef", *files)
    assert p.stderr.decode() == "journey forget: visitor 00000000deadbeef: " \
        "not found\n"

    for name in files:
        data = open(name, "rb").read()
        st = os.stat(name)
        assert (st.st_mode & 0o777, st.st_mtime) == (0o640, 1_700_000_123)
        now = list(jnylog.read_blocks(name))
        assert len(now) == len(before[name])
        for old, new in zip(before[name], now):
            stay = [r for r in jnylog.block_rows(old)
                    if r["visitor"] not in gone]
            # a column that no row has any more is not there
            assert [plain(r) for r in jnylog.block_rows(new)] \
                == [plain(r) for r in stay]
            for key in ("writer", "seq", "base", "dropped", "flags", "edge"):
                assert new[key] == old[key]
            assert new["n"] + new["erased"] == old["n"]
            if len(stay) == old["n"] and not new["flags"] & SORTED:
                h = old["header"]
                block = bytes_of[name][h["offset"]:h["offset"] + h["clen"]]
                assert block in data
            payload = jnylog.inflate_member(
                data[new["header"]["offset"]:][:new["header"]["clen"]],
                new["header"])
            for v in gone:
                assert struct.pack("<Q", v) not in payload
                assert b"Agent %d" % v not in payload
            for dictionary, texts in new["dict"].items():
                column = "agents" if dictionary == "agent" else dictionary
                if column == "agents":
                    used = set(jnylog.packed(new["agents"],
                                             len(new["ids"]) // 8))
                else:
                    used = set(jnylog.column(new, column))
                assert used | {0} == set(range(len(texts)))

    for path in segments(folder):
        check_segment(path)
    expected = answers(*names)
    total = expected[AUDIT][1]["total"]
    assert total["erased"] == sum(r["visitor"] in gone for r in logs.rows())
    assert total["balanced"]
    assert answers(str(folder)) == expected
    assert answers(str(folder), *names) == expected

    # once more: nothing to do, and nothing is done
    after = {n: os.stat(n).st_ino for n in files}
    run("forget", "--visitor", listed, *files)
    assert after == {n: os.stat(n).st_ino for n in files}


def test_forget_a_login(tmp_path):
    a, b = 0xaaaaaaaaaaaaaa01, 0xbbbbbbbbbbbbbb02
    rows = [dict(time=T0 + i, visitor=v, login=login, page=f"/{i}")
            for i, (v, login) in enumerate([
                (11, 0), (11, a), (12, a), (12, b), (12, 0), (13, b), (0, a),
                (13, 0)])]
    log = str(tmp_path / "log.jny")
    jnywrite.write(log, [sealed(rows, 7, 0, 0)])
    p = run("forget", "--login", f"{a:x}", log)
    assert [r["page"] for r in jnylog.read_rows(log)] \
        == ["/3", "/4", "/5", "/7"]
    assert b"1 visitor had other logins too" in p.stdout


def test_forget_an_id_that_stands_elsewhere_by_chance(tmp_path):
    """In a page, in an amount, and across two ids that stand side by side."""
    one, other = 0x1111111122222222, 0x3333333344444444
    across, page = 0x4444444411111111, int.from_bytes(b"aaaaaaaa", "little")
    rows = [dict(time=T0 + i, visitor=v, page=p, value=value, currency="EUR")
            for i, (v, p, value) in enumerate([
                (one, "aaaaaaaa", 5), (other, "/aaaaaaaaaa", 1),
                (one, "/x", 1), (across, "/y", 1), (page, "/z", 1),
                (other, "/x", -(across + 1) // 2)])]
    log = str(tmp_path / "log.jny")
    gone = ["--visitor", f"{across:x},{page:x}", "--login", f"{page:x}"]
    for order in (rows, [rows[1], rows[0], *rows[2:]]):
        for i, row in enumerate(order):
            row["time"] = T0 + i
        jnywrite.write(log, [sealed(order, 7, 0, 0),
                             sealed(order[:2], 7, 1, 6, FINAL)])
        for _ in "rewritten", "as it was":
            run("forget", *gone, log)
            assert list(map(plain, jnylog.read_rows(log))) == list(map(
                plain, [r for r in order if r["visitor"] in (one, other)]
                + order[:2]))


def test_forget_refuses_what_it_does_not_know(tmp_path):
    """An id among what a later version has put into a block."""
    log, gone = str(tmp_path / "log.jny"), 0x1122334455667788
    rows = [dict(time=T0, visitor=5, page="/x")]
    later = struct.pack("<QQ", 1 << 60, gone)
    for more, code in (({"later": {"ids": later}}, 1),
                       ({"fix": {"later": [1, b"\0", later[8:]]}}, 1),
                       ({"later": later[:8]}, 0)):
        jnywrite.write(log, [sealed(rows, 7, 0, 0, **more)])
        before = open(log, "rb").read()
        p = run("forget", "--visitor", f"{gone:x}", log, code=code)
        assert (b"is not free of them" in p.stderr) == (code == 1)
        assert open(log, "rb").read() == before


def test_forget_by_selector(tmp_path):
    rows = [dict(time=T0 + i, visitor=v, page=page) for i, (v, page) in
            enumerate([(11, "/a"), (11, "/orders/9"), (12, "/b"),
                       (0, "/orders/9")])]
    log = str(tmp_path / "log.jny")
    jnywrite.write(log, [sealed(rows, 7, 0, 0)])
    p = run("forget", "--visitors", "page=/orders/9", log)
    assert [r["page"] for r in jnylog.read_rows(log)] == ["/b", "/orders/9"]
    assert b"1 event that matches is without a visitor" in p.stdout


def test_forget_everybody_of_a_block(tmp_path):
    log = str(tmp_path / "log.jny")
    jnywrite.write(log, [
        sealed([{"time": T0 + s, "visitor": 11 if s == 1 else 12}], 7, s, s,
               FINAL if s == 2 else 0) for s in range(3)])
    run("forget", "--visitor", "b", log)
    assert [(b["n"], b["erased"]) for b in jnylog.read_blocks(log)] \
        == [(1, 0), (0, 1), (1, 0)]
    total = json.loads(run("audit", "--format", "json", log).stdout)["total"]
    assert (total["read"], total["erased"], total["balanced"]) == (2, 1, True)


def test_an_older_copy_does_not_bring_anybody_back(tmp_path):
    log, copy = str(tmp_path / "log.jny"), str(tmp_path / "copy.jny")
    blocks = [sealed([{"time": T0, "visitor": 11}, {"time": T0, "visitor": 12}],
                     7, 0, 0)]
    jnywrite.write(log, blocks)
    jnywrite.write(copy, blocks)
    run("forget", "--visitor", "b", log)
    p = run("cat", "--format", "json", copy, log)
    assert re.findall(rb'"visitor": ?"(\w+)"', p.stdout) \
        == [b"000000000000000c"]


def test_killed_while_forgetting(tmp_path, month):
    data = open(month, "rb").read()
    rng = random.Random(3)
    visitors = rng.sample(sorted(ids_of(month)), 50)
    listed = ",".join(f"{v:016x}" for v in visitors)
    log = str(tmp_path / "log.jny")

    def fresh():
        open(log, "wb").write(data)
        return ["forget", "--visitor", listed, log]

    spent = duration(fresh())
    done = open(log, "rb").read()
    assert done != data
    interrupted = 0
    for _ in range(8):
        command = fresh()
        interrupted += killed(command, rng.random() * spent) != 0
        assert open(log, "rb").read() in (data, done)
        run(*command)
        assert open(log, "rb").read() == done
    assert interrupted > 0
    p = run(*fresh(), code=1, preexec_fn=limited(10_000))
    assert b"File too large" in p.stderr
    assert open(log, "rb").read() == data
    assert visible(tmp_path) == ["log.jny"]


def test_forget_refuses(tmp_path, month):
    log, other = str(tmp_path / "log.jny"), str(tmp_path / "other")
    jnywrite.write(log, [sealed([{"time": T0, "visitor": 11}], 7, 0, 0)])
    data = open(log, "rb").read()
    os.link(log, other)
    assert b"hard links" in run("forget", "--visitor", "b", log, code=1).stderr
    os.unlink(other)
    subprocess.run(["gzip", "-k", log], check=True)
    p = run("forget", "--visitor", "b", log + ".gz", code=1)
    assert b"compressed once more" in p.stderr
    for args in (["--visitor", "xyz"], ["--visitor", "0"], [],
                 ["--visitors", "campaign=x"]):
        run("forget", *args, log, code=2)
    assert open(log, "rb").read() == data


def test_forget_looks_behind_damage(tmp_path):
    log = str(tmp_path / "log.jny")
    blocks = [sealed([{"time": T0 + s, "visitor": 11}], 7, s, s)
              for s in range(3)]
    jnywrite.write(log, [blocks[0], b"?" * 50, blocks[1], blocks[2][:60]])
    p = run("forget", "--visitor", "b", log, code=3)
    assert b"110 bytes cannot be read" in p.stderr
    data = open(log, "rb").read()
    assert b"?" * 50 in data and data.endswith(blocks[2][:60])
