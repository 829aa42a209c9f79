"""Writes .jny logs with nothing but zlib, msgpack and struct.

Written from docs/FORMAT.md, as jnylog.py is; neither shares code with src/.

    jnywrite.write(path, [jnywrite.block(rows, stages, writer, seq, base)])

A row is a dict as jnylog.read_rows() yields it; what is left out is absent.
A visitor has one agent a block.
"""

import struct
import zlib

import msgpack

TEXTS = ["stage", "touchpoint", "page", "host", "source", "medium",
         "campaign", "term", "content", "referrer", "click", "currency",
         "order", "score_kind", "mode"]


def packed(values):
    """Little-endian integers of the least width; b"" when all are 0."""
    if not any(values):
        return b""
    code = next(c for c, bits in zip("BHIQ", (8, 16, 32, 64))
                if max(values) < 1 << bits)
    return struct.pack(f"<{len(values)}{code}", *values)


def zigzag(v):
    return 2 * v if v >= 0 else -2 * v - 1


def payload(rows, stages, writer, seq, base, flags):
    col, dicts = {}, {}

    def texts(name, values):
        words = [""] + sorted(set(values) - {""})
        if len(words) > 1:
            dicts[name] = words
            col[name] = packed([words.index(v) for v in values])

    for name in TEXTS + sorted({k for r in rows for k in r
                                if k.startswith("x_")}):
        texts(name, [r.get(name) or "" for r in rows])

    ids = [0] + sorted({r.get("visitor") or 0 for r in rows} - {0})
    t0 = rows[0]["time"] if rows else 0
    before = [t0] + [r["time"] for r in rows]
    numbers = {
        "time": [zigzag(r["time"] - b) for r, b in zip(rows, before)],
        "visitor": [ids.index(r.get("visitor") or 0) for r in rows],
        "status": [r.get("status") or 0 for r in rows],
        "latency": [r.get("latency") or 0 for r in rows],
        "value": [zigzag(r.get("value") or 0) for r in rows],
        "login": [r.get("login") or 0 for r in rows],
        "score": [zigzag(r.get("score") or 0) for r in rows],
        "flags": [r.get("flags") or 0 for r in rows],
    }
    for name, values in numbers.items():
        if any(values):
            col[name] = packed(values)

    agent_of = {r.get("visitor") or 0: r.get("agent") or "" for r in rows}
    words = [""] + sorted(set(agent_of.values()) - {""})
    agents = {"agents": packed([words.index(agent_of.get(i, "")) for i in ids])
              } if len(words) > 1 else {}
    if agents:
        dicts["agent"] = words

    return {"v": 1, "n": len(rows), "flags": flags,
            "writer": struct.pack("<Q", writer), "seq": seq, "base": base,
            "dropped": 0, "erased": 0, "edge": "oracle", "stages": stages,
            "t0": t0, "dict": dicts,
            "ids": struct.pack(f"<{len(ids)}Q", *ids), "col": col,
            **agents}


def block(rows, stages, writer=1, seq=0, base=0, flags=0):
    """One sealed block: a gzip member."""
    data = msgpack.packb(payload(rows, stages, writer, seq, base, flags))
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    times = [r["time"] for r in rows] or [0]

    head = struct.pack("<4sIBBH2sH4sHHIIIQQQQqqI",
                       b"\x1f\x8b\x08\x04", max(times) // 1000, 0, 255, 80,
                       b"JY", 76, b"JNY1", flags, 76,
                       12 + 80 + len(body) + 8, len(data), len(rows),
                       writer, seq, base, 0, min(times), max(times), 0)
    head += struct.pack("<I", zlib.crc32(head))
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def write(path, blocks):
    with open(path, "wb") as f:
        f.write(b"".join(blocks))
