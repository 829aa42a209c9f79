"""Every allocation of a command fails once.

Out of memory is said, with status 1; no temporary file stays, what is read is
as it was; and what needed no more memory than there was gives the whole answer.
"""

import os
import shutil
import subprocess

import pytest

import jnywrite
import nomem

T0 = 1_760_000_000_000
STAGES = ["see", "cart", "buy"]
STEPS = [("", "/"), ("see", "/p"), ("cart", "/cart"), ("buy", "/thanks")]
VISITORS = [1, 2, 3]


def events():
    out = []

    for v in VISITORS:
        for i, (stage, page) in enumerate(STEPS[:v + 1]):
            out.append({
                "time": T0 + 86_400_000 * (v == 3) + 60_000 * i + v,
                "visitor": v, "stage": stage, "page": page, "status": 200,
                "source": "news", "campaign": "may", "login": v if i else 0,
                "value": 50_000 if stage == "buy" else 0,
                "currency": "EUR" if stage == "buy" else "",
                "agent": "Mozilla/5.0 Firefox/128.0"})

    return out


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return nomem.shim(tmp_path_factory.mktemp("nomem"))


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("log") / "a.jny")
    rows = events()
    jnywrite.write(path, [
        jnywrite.block(rows[:5], STAGES, writer=7, seq=0, base=0),
        jnywrite.block(rows[5:], STAGES, writer=7, seq=1, base=5)])
    return path


def tree(folder):
    """What is in a folder: names and bytes."""

    found = {}

    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()

    return found


READERS = {
    "stat": ["stat"],
    "audit": ["audit"],
    "cat": ["cat", "--where", "page=/p|/cart & source=news"],
    "funnel": ["funnel", "--threads", "1"],
    "funnel-steps": ["funnel", "--threads", "1", "--by", "campaign", "--every",
                     "day", "--order", "strict", "--steps",
                     "page=/ > ?see > cart > buy within 1d"],
    "funnel-cohort": ["funnel", "--threads", "1", "--by", "source",
                      "--cohort", "readers=/p"],
    "funnel-json": ["funnel", "--threads", "1", "--by", "source", "--credit",
                    "last", "--format", "json"],
    "paths": ["paths", "--threads", "1"],
    "paths-whole": ["paths", "--threads", "1", "--whole-journey", "--starting",
                    "page=/"],
    "pages": ["pages", "--threads", "1"],
    "report": ["report", "--threads", "1"],
}


def said(folder):
    """The events of a folder's logs, each once, and its files' names."""

    p = subprocess.run([nomem.JOURNEY, "cat", "--tz", "UTC", folder],
                       check=True, capture_output=True)
    return sorted(p.stdout.splitlines()), sorted(tree(folder))


@pytest.mark.parametrize("name", READERS)
def test_reading(library, log, tmp_path, name):
    command = [nomem.JOURNEY, *READERS[name], "--tz", "UTC", log]
    want = []

    if name == "report":
        command = command[:-1] + ["-o", str(tmp_path / "r.html"), log]

    def before():
        (tmp_path / "r.html").unlink(missing_ok=True)

    def after(n, p):
        got = tree(tmp_path)
        want.append((p.stdout, got)) if n == 0 else None

        if p.returncode == 0:
            assert (p.stdout, got) == want[0], n
        else:
            # what streams has begun to print
            begun = want[0][0] if name == "cat" else b""
            assert begun.startswith(p.stdout) and got == {}, (n, p.stdout)

    assert nomem.every(library, command, before, after) > 10


def test_compact(library, log, tmp_path):
    """A day that gets more is written anew: the old segment or the new one.
    Segments of the same events differ in the number of their writer."""

    once = tmp_path / "once"
    subprocess.run([nomem.JOURNEY, "compact", "--tz", "UTC", "-o", once, log],
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    old = said(once)
    assert len(old[0]) == 9 and len(old[1]) == 2

    more = tmp_path / "more.jny"
    jnywrite.write(str(more), [jnywrite.block(
        [{"time": T0 + 5, "visitor": 9, "page": "/late"}], STAGES, writer=8)])

    work = tmp_path / "work"
    want = []

    def before():
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(once, work)

    def after(n, p):
        got = said(work)
        want.append(got) if n == 0 else None
        assert got in ([old] if p.returncode else []) + want, n

    assert nomem.every(library, [
        nomem.JOURNEY, "compact", "--threads", "1", "--tz", "UTC", "-o",
        str(work), str(more)], before, after) > 10


def test_forget(library, log, tmp_path):
    work = tmp_path / "work"
    old = {}
    want = []

    def before():
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        shutil.copy(log, work / "a.jny")
        old.update(tree(work))

    def after(n, p):
        got = tree(work)
        want.append(got) if n == 0 else None

        if p.returncode == 0:
            assert got == want[0], n
        else:
            assert list(got) == ["a.jny"], n
            assert got["a.jny"] in (old["a.jny"], want[0]["a.jny"]), n

    assert nomem.every(library, [
        nomem.JOURNEY, "forget", "--visitor", "%016x" % 2,
        str(work / "a.jny")], before, after) > 10
    assert want[0] != old
