"""A log of three blocks, damaged: through the tool as its users run it.

Every bit in turn when JNY_EXAMPLES is 10 or more (`make oracle`), else a seeded
sample; tests/unit/test_damage.c flips all of them inside one process.
"""

import json
import os
import random
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
ALL = int(os.environ.get("JNY_EXAMPLES", "1")) >= 10

import jnywrite  # noqa: E402

WRITER = 0x1122334455667788
ROWS = 6


def block(seq):
    rows = [{"time": 1767571200000 + 1000 * (ROWS * seq + i),
             "visitor": 1 + i, "stage": "look", "page": f"/{seq}/{i}",
             "status": 200} for i in range(ROWS)]
    return jnywrite.block(rows, ["look", "buy"], WRITER, seq, ROWS * seq)


BLOCKS = [block(seq) for seq in range(3)]
WHOLE = b"".join(BLOCKS)
STARTS = [0, len(BLOCKS[0]), len(BLOCKS[0]) + len(BLOCKS[1])]


@pytest.fixture
def read(tmp_path):
    """read(bytes) -> (exit code, pages printed, standard error)."""
    log = tmp_path / "damaged.jny"

    def run(data):
        log.write_bytes(data)
        p = subprocess.run([JOURNEY, "cat", "--format", "json", str(log)],
                           capture_output=True, timeout=20)
        return p.returncode, [json.loads(line)["page"]
                              for line in p.stdout.splitlines()], \
            p.stderr.decode()

    return run


def pages(*seqs):
    return [f"/{seq}/{i}" for seq in seqs for i in range(ROWS)]


def test_whole(read):
    assert read(WHOLE) == (0, pages(0, 1, 2), "")


def test_a_flipped_bit_costs_its_block_alone(read):
    bits = range(8 * len(WHOLE))
    if not ALL:
        bits = sorted(random.Random(1).sample(bits, 250))
    for bit in bits:
        data = bytearray(WHOLE)
        data[bit // 8] ^= 1 << bit % 8
        code, found, said = read(bytes(data))
        hit = max(k for k in range(3) if STARTS[k] <= bit // 8)
        if found == pages(0, 1, 2):
            assert (code, said) == (0, ""), bit
            continue
        assert found == pages(*[k for k in range(3) if k != hit]), bit
        assert code == 3, bit
        assert f"damaged.jny@{STARTS[hit]}:" in said, (bit, said)
        # What follows the last block cannot tell how many events it had.
        size = "6" if hit < 2 else "(6|an unknown number of)"
        assert re.search(rf"\({size} events\) skipped$", said), (bit, said)


def test_a_cut_keeps_what_is_before_it(read):
    cuts = range(len(WHOLE))
    if not ALL:
        cuts = sorted(set(random.Random(2).sample(cuts, 120)) | set(STARTS))
    for cut in cuts:
        code, found, said = read(WHOLE[:cut])
        whole = [k for k in range(3)
                 if STARTS[k] + len(BLOCKS[k]) <= cut]
        assert found == pages(*whole), cut
        if cut in STARTS:
            assert (code, said) == (0, ""), cut
        else:
            assert "damaged.jny@" in said, cut
