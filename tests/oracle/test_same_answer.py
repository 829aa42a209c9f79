"""The same answer, to the byte: whatever the threads, the memory, the order of
the files, and after a run that was killed or ran out of disk.

The logs are large enough for `--memory 64M` to spill where events carry
details; that it does is seen by a --tmpdir which is not there.
"""

import os
import random
import resource
import signal
import subprocess
import time

import pytest

import jnylog
import nomem

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
LOGGEN = os.path.join(os.path.dirname(JOURNEY), "loggen")
FEW = int(os.environ.get("JNY_EXAMPLES", "1")) == 1
EVENTS = 500_000 if FEW else 3_000_000

SPILLS = ["funnel", "--by", "campaign,page"]
COMMANDS = [
    SPILLS,
    ["funnel", "--steps", "awareness > ?consideration > decision > purchase",
     "--count", "entries"],
    ["paths", "--whole-journey"],
    ["pages"],
    ["report"],
]


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """A month in three files, its blocks anyhow."""
    folder = tmp_path_factory.mktemp("logs")
    month = str(folder / "month.jny")
    subprocess.run([LOGGEN, "--seed", "1", "--events", str(EVENTS), "-o",
                    month], check=True)

    rng = random.Random(1)
    names = [str(folder / f"{i}.jny") for i in range(3)]
    files = [open(name, "wb") for name in names]
    with open(month, "rb") as log:
        data = log.read()
    for block in jnylog.read_blocks(month):
        h = block["header"]
        rng.choice(files).write(data[h["offset"]:][:h["clen"]])
    for f in files:
        f.close()
    return names


def start(command, *more, **how):
    return subprocess.Popen([JOURNEY, *command, "--format", "json", *more],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            **how)


def answer(command, *more):
    p = start(command, *more)
    out, err = p.communicate(timeout=300)
    assert p.returncode == 0, err.decode()
    return out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_threads_memory_and_files(logs, tmp_path, command):
    rng = random.Random(command[0])
    want = answer(command, "--threads", "1", "--memory", "8G", *logs)

    for threads, memory in [("2", "64M"), ("3", "8G"), ("1", "64M"),
                            ("7", "100M")][:2 if FEW else 4]:
        shuffled = rng.sample(logs, len(logs))
        assert answer(command, "--threads", threads, "--memory", memory,
                      "--tmpdir", str(tmp_path), *shuffled) == want
    assert os.listdir(tmp_path) == []


def test_it_spills(logs, tmp_path):
    p = start(SPILLS, "--memory", "64M", "--tmpdir", str(tmp_path / "no"),
              *logs)
    out, err = p.communicate(timeout=300)
    assert p.returncode == 1 and out == b""
    assert str(tmp_path / "no") in err.decode() and "--tmpdir" in err.decode()


def test_spills_without_nameless_files(logs, tmp_path):
    shim = nomem.shim(tmp_path, "notmpfile")
    folder = tmp_path / "spill"
    folder.mkdir()
    want = answer(SPILLS, "--memory", "8G", *logs)
    p = start(SPILLS, "--memory", "64M", "--tmpdir", str(folder), *logs,
              env=dict(os.environ, LD_PRELOAD=shim))
    out, err = p.communicate(timeout=300)
    assert (p.returncode, out) == (0, want), err.decode()
    assert os.listdir(folder) == []


def test_disk_is_full(logs, tmp_path):
    """What was there before stays, and nothing is left behind."""
    kept = tmp_path / "answer.json"
    kept.write_text("of before\n")
    folder = tmp_path / "spill"
    folder.mkdir()

    def few():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    p = start(SPILLS, "--memory", "64M", "--tmpdir", str(folder), "-o",
              str(kept), *logs, preexec_fn=few)
    _, err = p.communicate(timeout=300)
    assert p.returncode == 1
    assert str(folder) in err.decode() and "--tmpdir" in err.decode()
    assert kept.read_text() == "of before\n"
    assert os.listdir(folder) == []
    assert sorted(os.listdir(tmp_path)) == ["answer.json", "spill"]

    answer(SPILLS, "--memory", "64M", "--tmpdir", str(folder), "-o",
           str(kept), *logs)
    assert kept.read_bytes() == answer(SPILLS, *logs)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT,
                                 signal.SIGTERM])
def test_killed_while_it_spills(logs, tmp_path, how):
    kept = tmp_path / "answer.json"
    kept.write_text("of before\n")
    folder = tmp_path / "spill"
    folder.mkdir()

    def spilled():
        return any(os.stat(f"/proc/{p.pid}/fd/{fd}").st_size > 0
                   and os.readlink(f"/proc/{p.pid}/fd/{fd}").startswith(
                       str(folder))
                   for fd in os.listdir(f"/proc/{p.pid}/fd"))

    def meets_it():
        """Stopped while some is in the folder; it may have been quicker."""
        while True:
            time.sleep(0.001)
            p.send_signal(signal.SIGSTOP)
            met = os.waitid(os.P_PID, p.pid,
                            os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if met.si_code != os.CLD_STOPPED or spilled():
                return met.si_code == os.CLD_STOPPED
            p.send_signal(signal.SIGCONT)

    for _ in range(20):
        p = start(SPILLS, "--memory", "64M", "--tmpdir", str(folder), "-o",
                  str(kept), *logs, preexec_fn=lambda: signal.signal(
                      signal.SIGINT, signal.SIG_DFL))  # shells ignore it in &
        if meets_it():
            break
        p.communicate(timeout=300)
        kept.write_text("of before\n")

    p.send_signal(how)
    p.send_signal(signal.SIGCONT)
    p.communicate(timeout=300)
    assert p.returncode == -how
    assert kept.read_text() == "of before\n"
    assert os.listdir(folder) == []
    assert sorted(os.listdir(tmp_path)) == ["answer.json", "spill"]
