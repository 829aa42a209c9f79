"""jnylog.py, the independent reader: it must itself be right, or nothing that
is held against it is."""

import decimal
import glob
import json
import os
import random
import struct
import subprocess
import zlib

import jnylog
import jnywrite
import msgpack
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
LOGGEN = os.environ.get("LOGGEN", os.path.join(ROOT, "build", "loggen"))
VECTORS = sorted(glob.glob(os.path.join(ROOT, "tests/vectors/v*/*.jny")))

# What `journey cat` writes for bits of "flags" that the tests compare.
SAME = ["time", "status", "latency", "agent"] + jnylog.TEXTS


def test_packed():
    assert jnylog.packed(b"", 3) == [0, 0, 0]
    assert jnylog.packed(b"\1\2", 2) == [1, 2]
    assert jnylog.packed(b"\1\2", 1) == [513]
    assert jnylog.packed(bytes(7) + b"\1", 1) == [1 << 56]
    for data, n in ((b"\1\2\3", 1), (b"\1\2\3", 2), (bytes(16), 1)):
        with pytest.raises(jnylog.FormatError):
            jnylog.packed(data, n)


def test_column():
    block = {"n": 4, "col": {"a": b"\1\2\3\4", "b": 7},
             "fix": {"a": [2, b"\0\3", b"\x2c\1\x2d\1"],
                     "c": [1, b"\2", b"\5"]}}
    assert jnylog.column(block, "a") == [300, 2, 3, 301]
    assert jnylog.column(block, "b") == [7, 7, 7, 7]
    assert jnylog.column(block, "c") == [0, 0, 5, 0]
    assert jnylog.column(block, "d") == [0, 0, 0, 0]


def test_zigzag():
    for v in (0, -1, 1, -(1 << 63), (1 << 63) - 1):
        assert jnylog.unzigzag(jnywrite.zigzag(v)) == v


def test_every_flipped_byte_is_noticed(tmp_path):
    with open(VECTORS[0], "rb") as f:
        data = f.read()
    want = list(jnylog.read_rows(VECTORS[0]))
    path = tmp_path / "flipped.jny"
    for at in range(len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        path.write_bytes(flipped)
        try:
            rows = list(jnylog.read_rows(path))
        except (jnylog.FormatError, zlib.error, struct.error, ValueError,
                msgpack.UnpackException):
            continue
        assert rows == want


def test_cut(tmp_path):
    with open(VECTORS[0], "rb") as f:
        data = f.read()
    path = tmp_path / "cut.jny"
    ends = {h["offset"] for h in jnylog.headers(data)} | {0}
    for length in range(len(data)):
        path.write_bytes(data[:length])
        if length in ends:
            list(jnylog.walk_headers(path))
        else:
            with pytest.raises(jnylog.FormatError):
                list(jnylog.walk_headers(path))


def cat(log):
    out = subprocess.run([JOURNEY, "cat", "--bots", "include", "--format",
                          "json", log], check=True, capture_output=True)
    return [json.loads(line, parse_float=decimal.Decimal)
            for line in out.stdout.splitlines()]


def agree(log):
    """The tool and this reader see the same, column by column."""
    ours = cat(log)
    theirs = list(jnylog.read_rows(log))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        for name in SAME + [k for k in b if k.startswith("x_")]:
            assert (a.get(name) or "") == (b[name] or ""), name
        for name in ("visitor", "login"):
            assert int(a.get(name, "0"), 16) == (b[name] or 0)
        assert a.get("value", 0) * 10000 == (b["value"] or 0)
        assert a.get("score", 0) * 100 == (b["score"] or 0)
        assert a.get("new", False) == bool(b["flags"] & 1)


@pytest.mark.parametrize("log", VECTORS, ids=os.path.basename)
def test_tool_agrees_on_vectors(log):
    agree(log)


@pytest.mark.parametrize("block", [1, 7, 300, 4000])
def test_tool_agrees_on_loggen(tmp_path, block):
    log = str(tmp_path / "month.jny")
    subprocess.run([LOGGEN, "--seed", "7", "--events", "5000", "--writers",
                    "1", "--block", str(block), "-o", log], check=True)
    agree(log)


def test_tool_agrees_on_random_rows(tmp_path):
    rng = random.Random(5)

    def rows(n):
        return [{"time": rng.randrange(-5, 1 << rng.randrange(1, 42)),
                 "visitor": rng.choice([None, rng.getrandbits(64)]),
                 "status": rng.choice([0, 200, 200, 404]),
                 "latency": rng.getrandbits(rng.randrange(1, 33)),
                 "value": rng.choice([None, rng.randrange(-10**9, 10**9)]),
                 "page": rng.choice(["/", "/ä", "/" + "x" * 1000]),
                 "stage": rng.choice(["", "one"]),
                 "x_team": rng.choice(["", "red"])} for _ in range(n)]

    log = str(tmp_path / "random.jny")
    blocks, base = [], 0
    for seq in range(20):
        some = rows(rng.randrange(1, 200))
        blocks.append(jnywrite.block(some, ["one"], 9, seq, base))
        base += len(some)
    jnywrite.write(log, blocks)
    agree(log)
