"""The golden logs, read by a decoder that shares nothing with src/format, and
the reading example that docs/FORMAT.md gives."""

import glob
import gzip
import json
import os
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

sys.path.insert(0, os.path.join(TOP, "tests", "oracle"))

import jnylog  # noqa: E402
import make  # noqa: E402

LOGS = sorted(glob.glob(os.path.join(HERE, "v*", "*.jny")))


def expected(log):
    with open(log[:-len(".jny")] + ".ndjson", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def test_there_are_logs():
    assert len(LOGS) >= 2


@pytest.mark.parametrize("log", LOGS, ids=os.path.basename)
def test_rows(log):
    rows = list(jnylog.read_rows(log))
    want = expected(log)
    assert len(rows) == len(want)
    for got, row in zip(rows, want):
        assert {k: v for k, v in got.items() if v} == \
            {k: v for k, v in row.items() if v}


@pytest.mark.parametrize("log", LOGS, ids=os.path.basename)
def test_headers(log):
    headers = list(jnylog.walk_headers(log))
    base = 0
    for seq, h in enumerate(headers):
        assert (h["seq"], h["base"]) == (seq, base)
        base += h["n"]
    assert base == len(expected(log))


@pytest.mark.parametrize("log", LOGS, ids=os.path.basename)
def test_plain_gzip_reads_them(log):
    payloads = b"".join(jnylog.inflate_member(
        open(log, "rb").read()[h["offset"]:h["offset"] + h["clen"]], h)
        for h in jnylog.walk_headers(log))
    assert gzip.open(log).read() == payloads
    assert subprocess.run(["zcat"], stdin=open(log, "rb"), check=True,
                          capture_output=True).stdout == payloads


def test_foreign_is_what_make_makes():
    with open(os.path.join(HERE, "v1", "foreign.jny"), "rb") as f:
        made = f.read()
    # not the bytes, for zlib's may differ: what is inside
    other = make.foreign()
    assert [h["n"] for h in jnylog.headers(other)] == \
        [h["n"] for h in jnylog.headers(made)]
    assert gzip.decompress(made) == gzip.decompress(other)


@pytest.mark.parametrize("log", LOGS, ids=os.path.basename)
def test_example_of_the_document(log, tmp_path):
    with open(os.path.join(TOP, "docs", "FORMAT.md"), encoding="utf-8") as f:
        code = re.search(r"```python\n(.*?)```", f.read(), re.S).group(1)
    script = tmp_path / "read.py"
    script.write_text(code)
    out = subprocess.run([sys.executable, script, log], check=True, text=True,
                         capture_output=True).stdout
    assert out == "".join(f"{r.get('status', 0)} {r.get('page', '')}\n"
                          for r in expected(log))
