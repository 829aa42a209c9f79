#!/usr/bin/python3
"""Damages a log in a known place; writes it to standard output.

usage: cutlog.py LOG.jny (VERB BLOCK [WHAT])...

drop N              without block N
flip N payload      one bit in the middle of block N's deflate stream
flip N header       one bit of its writer
truncate N          the file ends in the middle of block N
noise N             100 bytes that are no block before block N
"""

import struct
import sys


def blocks(data):
    at = 0
    while at < len(data):
        clen = struct.unpack_from("<I", data, at + 24)[0]
        yield bytearray(data[at:at + clen])
        at += clen


def main():
    with open(sys.argv[1], "rb") as f:
        parts = list(blocks(f.read()))

    args = sys.argv[2:]
    while args:
        verb, n = args.pop(0), int(args.pop(0))
        b = parts[n]
        if verb == "drop":
            parts[n] = b""
        elif verb == "flip":
            where = args.pop(0)
            b[(len(b) + 92) // 2 if where == "payload" else 40] ^= 0x10
        elif verb == "truncate":
            parts[n:] = [b[:len(b) // 2]]
        elif verb == "noise":
            parts[n] = b"\xa5" * 100 + b

    sys.stdout.buffer.write(b"".join(parts))


main()
