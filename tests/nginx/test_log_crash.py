"""Processes die, generations overlap, disks fail under a running nginx: what
was committed is in the log once.  Each test proves that its fault fired."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import needs, wait_for
from logfile import (BEACONS, FINAL, HTTP, RECOVERED, SERVER, Traffic,
                     all_pages, audit, committed, is_beacon, reported,
                     row_of, send, small_spool, spools, streams,
                     whole)

# `make thrash` sets these.
KILLS = int(os.environ.get("JNY_KILLS", "20"))
KILL_ALL = int(os.environ.get("JNY_KILL_ALL", "3"))
STORM_S = int(os.environ.get("JNY_STORM_S", "6"))
UPGRADES = int(os.environ.get("JNY_UPGRADES", "3"))

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def start(nginx):
    return lambda **kw: nginx(**dict(dict(http=HTTP, server=SERVER), **kw))


def settled(ng):
    """All spools of the dead are adopted."""

    wait_for(lambda: len(spools(ng)) == len(ng.workers()), "adoption")


def recovered(found):
    """How many dead writers left rows that somebody else wrote."""

    return sum(any(b.flags & RECOVERED and b.n for b in of_writer)
               for of_writer in found.values())


def expect_once(ng, done, in_flight):
    """Nothing twice; every beacon that was answered is there; of the pages lost
    at most what was in flight, and no more than that was logged unanswered:
    where nobody is killed nginx answers what it logs, so 0.  A decoder that is
    not ours and `journey` read the same."""

    found = streams(ng.files())
    logged = all_pages(ng.files())
    assert len(logged) == len(set(logged)), "twice"
    assert sorted(reported(ng.files())) == sorted(logged)
    lost = {row_of(name) for name in done} - set(logged)
    assert not [row for row in lost if is_beacon(row)], "204 means committed"
    assert len(lost) <= in_flight, "%d lost" % len(lost)
    made_up = set(logged) - {row_of(name) for name in done}
    assert len(made_up) <= in_flight, "nobody was answered for %s" % made_up
    print("%d answered, %d of them beacons; %d pages lost, %d writers, rows of "
          "%d recovered" % (len(done), sum(map(is_beacon, done)), len(lost),
                            len(found), recovered(found)))

    # gzip takes an empty file for a broken one

    for path in ng.files():
        if os.path.getsize(path):
            whole(path)

    assert spools(ng) == []

    status, ledger = audit(ng.files() + spools(ng))
    assert status == 0 and ledger["total"]["balanced"]
    assert ledger["total"]["read"] == len(logged)
    assert ledger["total"]["missing"] == 0
    return found


def test_audit_knows_what_is_in_spools(start):
    ng = start(flush="1h", workers=2)
    send(ng.port, ["w%d" % i for i in range(60)])
    ng.reopen()
    wait_for(lambda: len(all_pages([ng.log])) == 60, "flush")
    send(ng.port, ["p%d" % i for i in range(7)])
    committed(ng, "p6")

    for alive in (True, False):
        status, ledger = audit(ng.files() + spools(ng))
        total = ledger["total"]
        assert (status, total["balanced"]) == (0, True)
        assert (total["accepted"], total["read"], total["pending"]) == (67, 60,
                                                                        7)

        if alive:
            kill_all(ng)

    ng.start()
    settled(ng)
    status, ledger = audit(ng.files() + spools(ng))
    total = ledger["total"]
    assert (status, total["read"], total["pending"]) == (0, 67, 0)
    ng.stop()


def test_killed_workers_under_load(start):
    """Some soon after their start, so while they adopt."""

    ng = start(workers=2, flush="50ms", server=BEACONS)
    ng.expect("exited on signal 9")
    kills = 0

    with Traffic(ng, limit=10 ** 6, beacons=True) as t:
        while kills < KILLS:
            sent = t.sent() + (60, 5, 60, 120)[kills % 4]
            wait_for(lambda: t.sent() >= sent, "traffic")
            workers = ng.workers()
            os.kill(workers[kills % len(workers)], signal.SIGKILL)
            kills += 1
            wait_for(lambda: len(ng.workers()) == 2
                     and ng.workers() != workers, "a new worker")

    settled(ng)
    ng.stop()
    assert ng.error_text().count("exited on signal 9") == kills
    found = expect_once(ng, t.done, t.clients * kills)
    assert sum(map(is_beacon, t.done)) > 10 * kills
    assert recovered(found) > kills / 4
    assert all(s[-1].flags & FINAL for s in found.values())


def kill_all(ng):
    pids = [ng.process.pid] + ng.workers()

    for pid in pids:
        os.kill(pid, signal.SIGKILL)

    assert ng.process.wait() == -signal.SIGKILL
    wait_for(lambda: all(dead(pid) for pid in pids), "the end of all")


def dead(pid):
    """Also the last of its threads, which share sockets and locks.  Nobody
    may be there to wait for an orphan."""

    try:
        tasks = os.listdir("/proc/%d/task" % pid)

        with open("/proc/%d/stat" % pid) as f:
            return len(tasks) == 1 and f.read().split(") ")[1][0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("flush", ["1h", "20ms"])
def test_everything_killed(start, flush):
    ng = start(workers=2, flush=flush, server=BEACONS)

    with Traffic(ng, limit=10 ** 6, beacons=True) as t:
        for turn in range(KILL_ALL):
            sent = t.sent()
            wait_for(lambda: t.sent() >= sent + 100
                     and len(ng.workers()) == 2, "traffic")
            kill_all(ng)
            ng.start()

    settled(ng)
    ng.stop()
    found = expect_once(ng, t.done, t.clients * KILL_ALL)
    assert sum(map(is_beacon, t.done)) > 40 * KILL_ALL
    assert recovered(found) >= KILL_ALL / (1 if flush == "1h" else 4)


def test_segfault(start, monkeypatch):
    for sanitizer in "ASAN_OPTIONS", "UBSAN_OPTIONS":
        monkeypatch.setenv(sanitizer, os.environ.get(sanitizer, "")
                           + ":handle_segv=0")

    ng = start(flush="1h")
    send(ng.port, ["a"])
    committed(ng, "a")
    ng.expect("exited on signal 11")
    os.kill(ng.workers()[0], signal.SIGSEGV)
    wait_for(lambda: os.path.getsize(ng.log) > 0, "adoption")
    ng.stop()
    assert "exited on signal 11" in ng.error_text()
    assert all_pages([ng.log]) == ["/a"]


def test_storm_of_reloads_and_rotations(start):
    ng = start(workers=2, flush="20ms", server=BEACONS)
    end = time.monotonic() + STORM_S
    turns = 0

    with Traffic(ng, limit=10 ** 6, beacons=True) as t:
        while time.monotonic() < end:
            os.rename(ng.log, "%s.%d" % (ng.log, turns + 1))
            ng.kill(signal.SIGUSR1)
            wait_for(lambda: os.path.exists(ng.log), "a new log")
            ng.kill(signal.SIGHUP)
            time.sleep(0.2)
            turns += 1

        sent = t.sent()
        wait_for(lambda: t.sent() > sent + 100, "traffic")

    assert turns > 10
    wait_for(lambda: len(ng.workers()) == 2, "old workers' end")
    ng.stop()
    found = expect_once(ng, t.done, 0)
    assert len(found) > turns
    assert all(s[-1].flags == FINAL and s[-1].dropped == 0
               for s in found.values())


class Daemon:
    """A master that is nobody's child: nginx takes no USR2 from under the
    process that started it.  In place of subprocess.Popen."""

    def __init__(self, ng):
        self.pid_file = os.path.join(ng.dir, "nginx.pid")
        ng.edit("daemon off;", "daemon on;")
        subprocess.run(ng.command(), check=True, stdin=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        wait_for(lambda: self.read(), "the pid file")
        self.pid = self.read()

    def read(self):
        try:
            with open(self.pid_file) as f:
                return int(f.read() or 0)
        except FileNotFoundError:
            return 0

    def poll(self):
        return None if os.path.exists("/proc/%d" % self.pid) else 0

    def wait(self, timeout_s=20):
        wait_for(lambda: self.poll() == 0, "the end", timeout_s)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def upgrade(self):
        """Returns when the new master serves beside the old one."""

        old = self.pid
        os.kill(old, signal.SIGUSR2)
        wait_for(lambda: self.read() not in (0, old), "the new master")
        self.pid = self.read()
        return old


def test_binary_upgrade(config):
    ng = config(http=HTTP, server=BEACONS, flush="50ms")
    ng.process = Daemon(ng)
    wait_for(ng.answers, "nginx")
    masters = [ng.process.pid]

    with Traffic(ng, limit=10 ** 6, beacons=True) as t:
        for turn in range(UPGRADES):
            old = ng.process.upgrade()
            masters.append(ng.process.pid)
            sent = t.sent()
            wait_for(lambda: t.sent() > sent + 50, "traffic of both")
            os.kill(old, signal.SIGQUIT)
            wait_for(lambda: not os.path.exists("/proc/%d" % old),
                     "the old master's end")

    assert len(set(masters)) == UPGRADES + 1
    ng.stop()
    found = expect_once(ng, t.done, 0)
    assert len(found) >= UPGRADES + 1


@root
def test_small_disk(config):
    """A log on a tmpfs that fills up, and is given room again."""

    ng = small_spool(config(http=HTTP, server=SERVER, flush="30ms"))
    disk = os.path.join(ng.dir, "disk")
    os.mkdir(disk)

    if os.system("mount -t tmpfs -o size=64k none %s 2>/dev/null" % disk):
        pytest.skip("may not mount")

    try:
        ng.edit("journey_log " + ng.log, "journey_log %s/journey.jny" % disk)
        ng.log = os.path.join(disk, "journey.jny")
        ng.start()
        ng.expect("journey_log: write() ")
        sent = send(ng.port, ["%d-%s" % (i, os.urandom(90).hex())
                              for i in range(1200)])
        wait_for(lambda: "journey_log: write() " in ng.error_text(),
                 "a full disk")
        assert os.system("mount -o remount,size=8m %s" % disk) == 0
        size = os.path.getsize(ng.log)
        wait_for(lambda: os.path.getsize(ng.log) > size, "recovery")
        sent += send(ng.port, ["after"])
        ng.stop()
        (of_writer,) = streams([ng.log]).values()
        logged = all_pages([ng.log])
        assert of_writer[-1].flags == FINAL
        assert len(logged) + of_writer[-1].dropped == len(sent)
        assert logged[-1] == "/after" and len(set(logged)) == len(logged)
    finally:
        os.system("umount " + disk)


def test_removed_folder_is_made_again(config):
    ng = config(http=HTTP, server=SERVER, flush="1h")
    folder = os.path.join(ng.dir, "logs")
    os.mkdir(folder)
    ng.edit("journey_log " + ng.log, "journey_log %s/journey.jny" % folder)
    ng.log = os.path.join(folder, "journey.jny")
    ng.start()
    wait_for(lambda: os.path.exists(ng.log), "the log")
    shutil.rmtree(folder)
    send(ng.port, ["a"])
    begin = time.monotonic()
    wait_for(lambda: os.path.exists(ng.log), "the log")
    assert time.monotonic() - begin < 1.5, "flush= is an hour"
    ng.stop()
    assert all_pages([ng.log]) == ["/a"]


def test_removed_spool_is_made_again(start):
    ng = start(flush="1h")
    send(ng.port, ["a"])
    old = committed(ng, "a")
    os.unlink(old)
    wait_for(lambda: spools(ng) and spools(ng) != [old], "another spool")
    assert committed(ng, "a") != old
    send(ng.port, ["b"])
    ng.expect("exited on signal 9")
    committed(ng, "b")
    os.kill(ng.workers()[0], signal.SIGKILL)
    wait_for(lambda: os.path.getsize(ng.log) > 0, "adoption")
    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]
    assert "was removed, its rows move" in ng.error_text()


def test_without_threads(start):
    ng = start(flush="20ms")
    ng.stop()
    ng.edit("flush=20ms", "flush=20ms threads=off")
    ng.start()
    tasks = len(os.listdir("/proc/%d/task" % ng.workers()[0]))
    assert tasks == 1

    with Traffic(ng) as t:
        wait_for(lambda: t.sent() >= 500, "traffic")
        ng.rotate()

    ng.stop()
    assert sorted(all_pages(ng.files())) == sorted("/" + p for p in t.done)


@needs("--with-threads")
def test_own_pool(config):
    """Defined behind what uses it; changed by a reload."""

    ng = config(http=HTTP, server=SERVER, flush="20ms threads=journey")

    with open(ng.conf, "a") as f:
        f.write("thread_pool journey threads=1;\n")

    ng.start()

    for threads, name in ((1, "a"), (3, "b")):
        if threads != 1:
            ng.edit("threads=1;", "threads=%d;" % threads)
            ng.reload()

        wait_for(lambda: len(os.listdir("/proc/%d/task" % ng.workers()[0]))
                 == 1 + threads, "%d threads" % threads)
        send(ng.port, [name])
        wait_for(lambda: all_pages([ng.log])[-1:] == ["/" + name], "flush")

    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]


def test_drops_move_to_another_spool(config):
    """Those that no block has told; the others are in a block already."""

    ng = small_spool(config(http=HTTP, server=SERVER, flush="50ms"))
    ng.start()
    ng.expect("Is a directory")
    sent = 0

    for turn in range(2):
        old = spools(ng)
        shutil.copy(ng.log, "%s.%d" % (ng.log, turn))
        os.unlink(ng.log)
        os.mkdir(ng.log)
        sent += len(send(ng.port, ["%d-%d-%s" % (turn, i, "x" * 900)
                                   for i in range(100)]))

        if turn == 1:
            os.unlink(old[0])
            wait_for(lambda: spools(ng) not in ([], old), "another spool")

        os.rmdir(ng.log)
        wait_for(lambda: os.path.isfile(ng.log) and os.path.getsize(ng.log),
                 "recovery")

    ng.stop()
    dropped = [s[-1].dropped for s in streams(ng.files()).values()]
    assert len(dropped) == 2 and min(dropped) > 0
    assert len(all_pages(ng.files())) + sum(dropped) == sent
    status, ledger = audit(ng.files())
    assert (status, ledger["total"]["dropped"]) == (0, sum(dropped))
