#!/usr/bin/python3
"""Makes a small log from lines that a person can read.

usage: mklog.py EVENTS.ndjson OUT.jny

Each line is an event with the keys that `journey cat --format json` prints,
but money in 1/10000, and with "block": [writer, seq].  A line {"meta": [writer,
seq], ...} says what else stands in that block: "dropped", "final".  Blocks are
written in the order of their first lines.
"""

import json
import os
import struct
import sys
import zlib

import msgpack

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../oracle"))
import jnywrite

FLAGS = {"new": 0x001, "returned": 0x002, "cookie_sent": 0x004,
         "cookie_invalid": 0x008, "speculative": 0x010, "beacon": 0x020,
         "consent": 0x080, "internal": 0x200,
         "same_host_referer": 0x400}
STAGES = ["awareness", "consideration", "decision", "purchase"]


def row(event):
    r = {k: v for k, v in event.items() if k not in FLAGS and k != "block"}
    r["visitor"] = int(event.get("visitor", "0"), 16)
    r["flags"] = sum(bit for k, bit in FLAGS.items() if event.get(k))
    return r


def payload(rows, writer, seq, base, meta):
    p = jnywrite.payload(rows, STAGES, writer, seq, base,
                         1 if meta.get("final") else 0)
    p["edge"] = "edge-1"
    p["dropped"] = meta.get("dropped", 0)

    agent = {r["visitor"]: r["agent"] for r in rows if "agent" in r}
    if agent:
        words = [""] + sorted(set(agent.values()))
        ids = struct.unpack("<%dQ" % (len(p["ids"]) // 8), p["ids"])
        p["dict"]["agent"] = words
        p["agents"] = jnywrite.packed([words.index(agent.get(i, ""))
                                       for i in ids])
    return p


def block(rows, writer, seq, base, meta):
    p = payload(rows, writer, seq, base, meta)
    data = msgpack.packb(p)
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    times = [r["time"] for r in rows] or [0]

    head = struct.pack("<4sIBBH2sH4sHHIIIQQQQqqI",
                       b"\x1f\x8b\x08\x04", max(times) // 1000, 0, 255, 80,
                       b"JY", 76, b"JNY1", p["flags"], 76,
                       12 + 80 + len(body) + 8, len(data), len(rows),
                       writer, seq, base, p["dropped"], min(times), max(times),
                       0)
    head += struct.pack("<I", zlib.crc32(head))
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def main():
    blocks, metas, base = {}, {}, {}

    with open(sys.argv[1], encoding="utf-8") as f:
        for line in f:
            event = json.loads(line)
            if "meta" in event:
                metas[tuple(event["meta"])] = event
                blocks.setdefault(tuple(event["meta"]), [])
            else:
                blocks.setdefault(tuple(event["block"]), []).append(row(event))

    with open(sys.argv[2], "wb") as f:
        for (writer, seq), rows in blocks.items():
            f.write(block(rows, writer, seq, base.get(writer, 0),
                          metas.get((writer, seq), {})))
            base[writer] = base.get(writer, 0) + len(rows)


main()
