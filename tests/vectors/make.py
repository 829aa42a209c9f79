#!/usr/bin/python3
"""Makes the golden logs of format version 1 and what is in them.

usage: tests/vectors/make.py

    v1/encoder.jny    what src/format wrote when version 1 was fixed; made by
                      `JNY_VECTORS=write build/unit/test_jny_vectors`, and
                      never again: later encoders may choose other bytes for
                      the same rows, readers must read these
    v1/foreign.jny    what a writer of a later minor version may write: a longer
                      header, keys and columns we do not know, wide columns,
                      SORTED, RECOVERED; made here
    v1/*.ndjson       the rows, written down here by hand, one JSON object a
                      line; absent is left out
"""

import json
import os
import struct
import zlib

import msgpack

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "v1")
T0 = 1700000000000

# What test_jny_vectors.c encodes, stated a second time.

ENCODER = [
    # block 0
    {"time": T0, "visitor": 0x1111111111111111, "status": 200, "latency": 12,
     "flags": 5, "stage": "awareness", "page": "/", "touchpoint": "/",
     "host": "shop.example", "source": "news", "medium": "email",
     "campaign": "Frühling", "term": "t", "content": "c", "click": "gclid",
     "mode": "full", "agent": "A/1", "x_team": "red"},
    {"time": T0 + 5, "visitor": 0x1111111111111111, "status": 404,
     "latency": 70000, "flags": 2, "page": "/a%FFb", "touchpoint": "lost",
     "host": "shop.example", "referrer": "shop.example", "mode": "full",
     "agent": "A/2"},
    {"time": T0 - 995, "status": 200, "latency": 1, "flags": 0,
     "stage": "purchase", "page": "/buy", "touchpoint": "/buy",
     "host": "shop.example", "value": 129900, "currency": "EUR", "order": "1",
     "login": 0xfedcba9876543210, "mode": "full", "agent": "A/1"},
    # block 1
    {"time": T0 + 90000, "visitor": 2, "page": "/buy", "touchpoint": "/buy",
     "value": -129900, "currency": "EUR", "order": "1", "score": -150,
     "score_kind": "ces", "x_team": "blue"},
    # block 2 is empty and FINAL
]

# Block 0 of foreign.jny: every column by hand; block 1: logins without index.

FOREIGN = [
    {"time": -10, "visitor": 7, "status": 500, "page": "/", "touchpoint": "t",
     "agent": "B", "login": 300, "x_é": "v"},
    {"time": -9, "visitor": 7, "status": 200, "page": "/", "touchpoint": "/",
     "agent": "B", "x_é": "v"},
    {"time": -10, "status": 200, "page": "/", "touchpoint": "/",
     "value": -(1 << 63), "score": -(1 << 31), "x_é": "v"},
    {"time": 0, "page": "", "touchpoint": "", "login": (1 << 64) - 1},
]


def head(payload, n, deflated, seq, base, flags, t_min, t_max, later=b""):
    crc_at = 88 + len(later)
    h = struct.pack("<4sIBBH2sH4sHHIIIQQQQqqI", b"\x1f\x8b\x08\x04", 0, 0, 255,
                    crc_at + 4 - 12, b"JY", crc_at + 4 - 16, b"JNY1", flags,
                    crc_at + 4 - 16, crc_at + 4 + len(deflated) + 8,
                    len(payload), n, 0xabcdef, seq, base, 3, t_min, t_max, 1)
    h += later
    return h + struct.pack("<I", zlib.crc32(h))


def member(payload, *fields, later=b"", level=9):
    data = msgpack.packb(payload)
    z = zlib.compressobj(level, zlib.DEFLATED, -15)
    deflated = z.compress(data) + z.flush()
    return (head(data, payload["n"], deflated, *fields, later=later) + deflated
            + struct.pack("<II", zlib.crc32(data), len(data)))


def foreign():
    def u64(*values):
        return struct.pack(f"<{len(values)}Q", *values)

    first = {
        "future": {"a": [1.5, None, True, b"x", {"deep": []}]},
        "col": {
            "x_é": u64(1, 1, 1),
            "time": bytes([0, 2, 1]),
            "visitor": struct.pack("<3I", 1, 1, 0),
            "status": 200,
            "page": struct.pack("<3H", 1, 1, 9),
            "touchpoint": bytes(3),
            "latency": bytes(6),
            "login": bytes([1, 0, 0]),
            "future": "no bin at all",
        },
        "fix": {
            "status": [1, b"\0", struct.pack("<Q", 500)],
            "touchpoint": [1, b"\0", b"\1"],
            "page": [1, struct.pack("<I", 2), b"\1"],
            "value": [1, b"\2", u64((1 << 64) - 1)],
            "score": [1, b"\2", u64((1 << 32) - 1)],
            "future": 5,
        },
        "logins": u64(0, 300),
        "agents": bytes([0, 1]),
        "ids": u64(0, 7),
        "dict": {"page": ["", "/"], "touchpoint": ["", "t"],
                 "agent": ["", "B"], "x_é": ["", "v"], "stage": ["", "unused"],
                 "future": 1},
        "sources": [[5, 0, 9, 700, 1], [6, 2, 2, 1, 0]],
        "t0": -10, "erased": 1, "dropped": 3, "base": 0, "seq": 0,
        "writer": u64(0xabcdef), "flags": 4 | 2 | 256, "n": 3, "v": 1,
    }
    second = {
        "v": 1, "n": 1, "flags": 0, "writer": u64(0xabcdef), "seq": 1,
        "base": 3, "dropped": 3, "erased": 1, "t0": 0,
        "col": {"login": u64((1 << 64) - 1)}, "dict": {},
    }
    return (member(first, 0, 0, 4 | 2 | 256, -10, -9, later=b"later fields")
            + member(second, 1, 3, 0, 0, 0, level=0))


def main():
    with open(os.path.join(FOLDER, "foreign.jny"), "wb") as f:
        f.write(foreign())
    for name, rows in ("encoder", ENCODER), ("foreign", FOREIGN):
        with open(os.path.join(FOLDER, name + ".ndjson"), "w") as f:
            for row in rows:
                print(json.dumps(row, ensure_ascii=False), file=f)


if __name__ == "__main__":
    main()
