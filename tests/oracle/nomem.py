"""A command whose every allocation fails once: it says that there is no memory
and leaves things as they were, or does without and gives the same answer.

NOMEM_STRIDE (default 1) tries every so many allocations only.
"""

import os
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))

MOST = 5000


def shim(folder, name="nomem"):
    """The library to preload, NAME.c, built into folder."""

    if "asan" in JOURNEY or "tsan" in JOURNEY:
        pytest.skip("the sanitizers have a malloc of their own")

    out = os.path.join(str(folder), f"{name}.so")
    subprocess.run([os.environ.get("CC", "gcc"), "-shared", "-fPIC", "-O1",
                    "-o", out, os.path.join(ROOT, f"tests/oracle/{name}.c")],
                   check=True)
    return out


def every(library, command, before, after):
    """Runs command with its first, second, ... allocation failing.

    before() restores what it works on.  after(n, p) is asked after each run
    that ended well or with 1, with p None for the run where nothing fails, and
    asserts that things are as they should be.  Returns how many runs failed.
    """

    count = library + ".count"
    before()
    p = subprocess.run(command, capture_output=True, env=dict(
        os.environ, LD_PRELOAD=library, JNY_NOMEM_COUNT=count))
    assert p.returncode == 0, p.stderr
    after(0, p)

    with open(count) as f:
        total = int(f.read())

    assert 10 < total < MOST, total
    failed = 0
    stride = int(os.environ.get("NOMEM_STRIDE", "1"))

    for n in range(1, total + 1, stride):
        before()
        p = subprocess.run(command, capture_output=True, env=dict(
            os.environ, LD_PRELOAD=library, JNY_NOMEM=str(n)))

        assert p.returncode in (0, 1), (n, p.returncode, p.stderr)

        if p.returncode == 1:
            assert b"memory" in p.stderr, (n, p.stderr)
            failed += 1

        after(n, p)

    return failed
