"""Reads .jny logs with nothing but gzip's own parts, msgpack and struct.

Written from docs/FORMAT.md, not from src/format: where the two readers
disagree, one of them is wrong.  It is slow, obvious and trusting: damage
raises an exception.

    for header in jnylog.walk_headers(path): ...   # dicts, nothing inflated
    for block in jnylog.read_blocks(path): ...     # payloads, as dicts
    for row in jnylog.read_rows(path): ...         # dicts

Rows have every column of NUMBERS and TEXTS, "agent", and "x_NAME" for each
field of the log.  Absent texts are ""; the visitor is None where unknown, as
are login, value and score where they are absent or 0.
"""

import struct
import zlib

import msgpack

TEXTS = ["stage", "touchpoint", "page", "host", "source", "medium",
         "campaign", "term", "content", "referrer", "click", "currency",
         "order", "score_kind", "mode"]
NUMBERS = ["time", "visitor", "login", "status", "latency", "value", "score",
           "flags"]
ZIGZAG = {"time", "value", "score"}
NONE_IF_ZERO = {"visitor", "login", "value", "score"}

FINAL, RECOVERED, SORTED = 1, 2, 4

HEADER = struct.Struct("<4sIBBH2sH4sHHIIIQQQQqqII")
HEADER_NAMES = ("gzip mtime xfl os xlen si len magic flags hlen clen ulen n "
                "writer seq base dropped t_min t_max erased crc").split()


class FormatError(Exception):
    pass


def header_at(data, offset=0):
    """The header at an offset of data as a dict."""
    if len(data) - offset < HEADER.size:
        raise FormatError(f"header cut off at {offset}")
    h = dict(zip(HEADER_NAMES, HEADER.unpack_from(data, offset)))
    if (h["gzip"] != b"\x1f\x8b\x08\x04" or h["si"] != b"JY"
            or h["magic"] != b"JNY1"):
        raise FormatError(f"no block header at {offset}")
    if not h["xlen"] - 4 == h["len"] == h["hlen"] >= HEADER.size - 16:
        raise FormatError(f"lengths disagree at {offset}")
    crc_at = offset + 12 + h["xlen"] - 4
    h["crc"], = struct.unpack_from("<I", data, crc_at)
    if zlib.crc32(data[offset:crc_at]) != h["crc"]:
        raise FormatError(f"header checksum at {offset}")
    h["offset"] = offset
    return h


def walk_headers(path):
    """Header after header, stepping by clen."""
    with open(path, "rb") as f:
        yield from headers(f.read())


def headers(data):
    offset = 0
    while offset < len(data):
        h = header_at(data, offset)
        yield h
        offset += h["clen"]
    if offset != len(data):
        raise FormatError("log ends inside a block")


def unpack(payload):
    return msgpack.unpackb(payload, raw=False, strict_map_key=True)


def inflate_member(member, h):
    """The payload's bytes, CRC-32 and ISIZE checked."""
    payload = zlib.decompress(member[12 + h["xlen"]:-8], wbits=-15)
    crc, isize = struct.unpack("<II", member[-8:])
    if len(payload) != h["ulen"] or isize != len(payload):
        raise FormatError("payload length")
    if zlib.crc32(payload) != crc:
        raise FormatError("payload checksum")
    return payload


def read_blocks(path):
    """Payloads as dicts; their header, with which they agree, as "header"."""
    with open(path, "rb") as f:
        data = f.read()
    for h in headers(data):
        member = data[h["offset"]:h["offset"] + h["clen"]]
        p = unpack(inflate_member(member, h))
        for name in ("n", "flags", "seq", "base", "dropped", "erased"):
            if p[name] != h[name]:
                raise FormatError(f"{name}: {p[name]} is not {h[name]}")
        if p["writer"] != struct.pack("<Q", h["writer"]):
            raise FormatError("writer")
        times = [r["time"] for r in block_rows(p)] or [p["t0"]]
        if (min(times), max(times)) != (h["t_min"], h["t_max"]):
            raise FormatError("times")
        p["header"] = h
        yield p


def packed(data, n):
    """n little-endian unsigned integers; their width is len(data) / n."""
    if not data:
        return [0] * n
    width, rest = divmod(len(data), n)
    code = {1: "B", 2: "H", 4: "I", 8: "Q"}.get(width)
    if rest or code is None:
        raise FormatError(f"{len(data)} bytes are not {n} integers")
    return list(struct.unpack(f"<{n}{code}", data))


def column(p, name):
    """The n integers of a column, exceptions in place."""
    n, c = p["n"], p["col"].get(name, 0)
    values = [c] * n if isinstance(c, int) else packed(c, n)
    k, gaps, fixed = p.get("fix", {}).get(name, (0, b"", b""))
    row = 0
    for gap, v in zip(packed(gaps, k), packed(fixed, k)):
        row += gap
        values[row] = v
    return values


def unzigzag(v):
    return (v >> 1) ^ -(v & 1)


def block_rows(p):
    """The rows of one payload (a dict), as dicts."""
    dicts = p["dict"]
    rows = [{} for _ in range(p["n"])]
    fields = sorted({k for k in [*p["col"], *p.get("fix", {}), *dicts]
                     if k.startswith("x_")})

    for name in NUMBERS:
        values = column(p, name)
        if name in ZIGZAG:
            values = [unzigzag(v) for v in values]
        for row, v in zip(rows, values):
            row[name] = v

    for name in TEXTS + fields:
        texts = dicts.get(name, [""])
        for row, i in zip(rows, column(p, name)):
            row[name] = texts[i]

    nids = len(p.get("ids", bytes(8))) // 8
    ids = packed(p.get("ids", b""), nids)
    agents = packed(p.get("agents", b""), nids)
    agent_texts = dicts.get("agent", [""])
    logins = packed(p["logins"], len(p["logins"]) // 8) \
        if "logins" in p else None

    time = p["t0"]
    for row in rows:
        time += row["time"]
        row["time"] = time
        row["agent"] = agent_texts[agents[row["visitor"]]]
        row["visitor"] = ids[row["visitor"]]
        if logins is not None:
            row["login"] = logins[row["login"]]
        row["touchpoint"] = row["touchpoint"] or row["page"]
        for name in NONE_IF_ZERO:
            row[name] = row[name] or None
    return rows


def read_rows(path):
    for block in read_blocks(path):
        yield from block_rows(block)
