"""What runs that take over a second say on a terminal, and nowhere else.

The tool looks at the clock: it is stopped once it has begun, until its second
is over, so that the line comes however fast the machine is.
"""

import os
import pty
import re
import signal
import subprocess
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
LOGGEN = os.environ.get("LOGGEN", os.path.join(ROOT, "build", "loggen"))
EVENTS = 600_000

LINE = (rb"\rjourney (\w+): (?:(\d+) of (\d+) MB, )?"
        rb"([\d,]+)(?: of ([\d,]+))? events, ([\d,]+)/s"
        rb"(?:, \d+ s left)?\x1b\[K")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    name = str(tmp_path_factory.mktemp("progress") / "a.jny")
    subprocess.run([LOGGEN, "--seed", "3", "--events", str(EVENTS), "-o",
                    name], check=True)
    return name


def cpu_s(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watched(args):
    """Exit code and what came to the terminal that is its stderr."""
    ours, theirs = pty.openpty()
    p = subprocess.Popen([JOURNEY, *args], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)

    # It knows how much there is to do, and has not done it.
    while p.poll() is None and cpu_s(p.pid) < 0.05:
        time.sleep(0.001)
    if p.poll() is None:
        p.send_signal(signal.SIGSTOP)
        time.sleep(1.1)
        p.send_signal(signal.SIGCONT)

    said = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(ours)
    return p.wait(), said


def access_log(path):
    with open(path, "w", encoding="ascii") as f:
        for i in range(EVENTS):
            f.write(f'192.0.2.{i % 250} - - [05/Jan/2026:{i // 36000 % 24:02}'
                    f':{i // 600 % 60:02}:{i // 10 % 60:02} +0000] '
                    f'"GET /p{i % 997} HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n')


def command(name, log, tmp_path):
    if name == "funnel":
        return ["funnel", "--threads", "1", log]
    if name == "cat":
        return ["cat", log]
    if name == "compact":
        return ["compact", "--threads", "1", "-o", str(tmp_path / "s"), log]
    if name == "forget":
        copy = str(tmp_path / "copy.jny")
        with open(log, "rb") as f, open(copy, "wb") as out:
            out.write(f.read())
        return ["forget", "--visitors", "stage=purchase", copy]
    access_log(tmp_path / "access.log")
    return ["import", "--threads", "1", "-o", str(tmp_path / "x.jny"),
            str(tmp_path / "access.log")]


@pytest.mark.parametrize("name",
                         ["funnel", "cat", "compact", "forget", "import"])
def test_a_line_on_a_terminal(name, log, tmp_path):
    for i in range(5):
        folder = tmp_path / str(i)
        folder.mkdir()
        code, said = watched(command(name, log, folder))
        assert code == 0, said
        lines = list(re.finditer(LINE, said))
        if lines:
            break           # else it was done before it could be stopped
    assert lines, said
    for m in lines:
        assert m[1].decode() == name
        if m[2] is not None:
            assert int(m[2]) <= int(m[3])
        if m[5] is not None:
            now, whole = (int(m[k].replace(b",", b"")) for k in (4, 5))
            assert now <= whole and EVENTS <= whole < 1.01 * EVENTS

    # It is taken away before anything else is said.
    rest = said[lines[-1].end():]
    assert rest.startswith(b"\r\x1b[K")
    assert b"\x1b" not in rest[4:]
    assert re.search(rb"\d (of \d+ MB|of [\d,]+ events)", said)


def test_nothing_in_a_file(log):
    p = subprocess.run([JOURNEY, "funnel", log], capture_output=True)
    assert p.returncode == 0 and p.stderr == b""
