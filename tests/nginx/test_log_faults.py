"""Full disks, folders that cannot be used, users without rights."""

import grp
import os
import pwd
import resource
import shutil
import signal
import sys
import tempfile

import pytest

from conftest import Nginx, wait_for
from logfile import (FINAL, HTTP, SERVER, Strace, all_pages, blocks, committed,
                     pages, send, small_spool, spools, streams, whole)

NOBODY = pwd.getpwnam("nobody").pw_uid
USER = "nobody " + grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def started_by(ng, python):
    """nginx is started by a process that runs these statements before."""

    command = ng.command
    ng.command = lambda *args: [
        sys.executable, "-c", "import os, signal, sys\n%s\n"
        "os.execv(sys.argv[1], sys.argv[1:])" % python] + command(*args)
    return ng


@pytest.fixture
def unprivileged():
    """An nginx, not started, where other users may go; pytest's own folders
    are closed to them."""

    folder = tempfile.mkdtemp(prefix="jny-")
    os.chmod(folder, 0o755)
    made = []

    def make(**kw):
        made.append(Nginx(folder, **dict(dict(http=HTTP, server=SERVER), **kw)))
        return made[-1]

    try:
        yield make

        for ng in made:
            ng.stop(signal.SIGTERM)
            ng.check()
    finally:
        shutil.rmtree(folder)


def limit(ng, size):
    for worker in ng.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))


def names(prefix, n):
    return ["%s%d%s" % (prefix, i, "x" * 200) for i in range(n)]


@pytest.fixture
def full_disk(config):
    """An nginx whose log cannot grow any more, and what was sent so far.  A
    limit on the size of files: write() comes back short, then fails, as on a
    full disk."""

    ng = small_spool(config(http=HTTP, server=SERVER, flush="50ms",
                            level="notice"))
    started_by(ng, "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)").start()

    sent = []

    while len(sent) < 400:      # the spool has room for 200
        sent += send(ng.port, ["%d-%s" % (len(sent) + i, os.urandom(80).hex())
                               for i in range(100)])
        wait_for(lambda: len(all_pages([ng.log])) == len(sent), "flush")

    size = os.path.getsize(ng.log)
    assert size > 16384 > os.path.getsize(ng.errors) + 8192

    ng.expect("incomplete")
    ng.expect("failed")
    limit(ng, size + 100)
    return ng, sent, size


def test_full_disk_keeps_rows_and_recovers(full_disk):
    ng, sent, size = full_disk

    sent += send(ng.port, ["kept%d" % i for i in range(20)])
    wait_for(lambda: "incomplete: 100 bytes, as where the disk is full; rows"
             in ng.error_text(), "the message")
    assert os.path.getsize(ng.log) == size, "no torn block"

    limit(ng, resource.RLIM_INFINITY)
    wait_for(lambda: os.path.getsize(ng.log) > size, "recovery")
    ng.stop()
    assert all_pages([ng.log]) == ["/" + p for p in sent]
    assert "is written again" in ng.error_text()
    assert all(b.dropped == 0 for b in blocks(ng.log))


def test_full_disk_drops_by_count_when_the_spool_is_full(full_disk):
    ng, sent, size = full_disk

    send(ng.port, names("d", 800))
    assert os.path.getsize(ng.log) == size
    wait_for(lambda: "the log cannot be written and the spool is full"
             in ng.error_text(), "the message")

    limit(ng, resource.RLIM_INFINITY)
    wait_for(lambda: os.path.getsize(ng.log) > size, "recovery")
    send(ng.port, ["afterwards"])
    ng.stop()

    (of_writer,) = streams([ng.log]).values()
    logged = sum(b.n for b in of_writer)
    assert of_writer[-1].flags == FINAL
    assert of_writer[-1].dropped > 400
    assert logged + of_writer[-1].dropped == 400 + 800 + 1
    assert all_pages([ng.log])[-1] == "/afterwards"
    assert "this process dropped %d events" % of_writer[-1].dropped \
        in ng.error_text()
    assert ng.error_text().count("drops events") == 1, "once a minute"


def test_full_disk_at_exit_keeps_the_spool(full_disk):
    ng, sent, size = full_disk
    send(ng.port, ["kept"])
    ng.expect("1 events could not be written and stay in")
    ng.stop()
    assert os.path.getsize(ng.log) == size
    assert [committed(ng, "kept")] == spools(ng)


def test_short_write_that_cannot_be_taken_back(full_disk):
    """The half block is cut off by whoever appends next."""

    ng, sent, size = full_disk

    with Strace(ng, "ftruncate:error=EIO") as calls:
        sent += send(ng.port, ["a", "b"])
        calls.wait()
        wait_for(lambda: "disk is full, and they could not be cut off"
                 in ng.error_text(), "the message")

    limit(ng, resource.RLIM_INFINITY)
    wait_for(lambda: os.path.getsize(ng.log) > size + 100, "recovery")
    ng.stop()
    assert all_pages([ng.log]) == ["/" + p for p in sent]
    whole(ng.log)


def test_rotation_to_a_disk_with_room(full_disk):
    """The renamed file is the one that fails: the rows go to the next."""

    ng, sent, size = full_disk
    send(ng.port, ["a"])
    ng.rotate()
    wait_for(lambda: os.path.getsize(ng.log) > 0, "rows in the new file")
    ng.stop()
    assert all_pages([ng.log]) == ["/a"]
    assert len(streams(ng.files())) == 1


def test_no_spool_folder(config):
    ng = config(http=HTTP, server=SERVER, flush="1h")
    folder = "/proc/jny"
    ng.edit("journey_spool %s" % ng.spool, "journey_spool %s" % folder)
    ng.start()
    send(ng.port, ["a", "b"])
    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]
    assert "kept in memory" in ng.error_text()
    assert 'journey_spool: mkdir() "%s" failed' % folder in ng.error_text()


def test_rows_move_from_memory_to_a_spool(config):
    """When the worker started no file could be made in the folder."""

    ng = config(http=HTTP, server=SERVER, flush="1h")
    os.rmdir(ng.spool)
    os.symlink("/proc", ng.spool)
    ng.start()
    wait_for(lambda: "kept in memory" in ng.error_text(), "the message")
    send(ng.port, ["a"])
    os.unlink(ng.spool)
    os.mkdir(ng.spool)
    committed(ng, "a")
    assert "rows move from memory to the spool" in ng.error_text()
    send(ng.port, ["b"])
    committed(ng, "b")
    ng.expect("exited on signal 9")
    os.kill(ng.workers()[0], signal.SIGKILL)
    wait_for(lambda: os.path.getsize(ng.log) > 0, "adoption")
    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]


@root
def test_spool_larger_than_its_disk(config):
    """A tmpfs without room is noticed when the spool is made, not by SIGBUS
    at some later row."""

    ng = config(http=HTTP, server=SERVER, flush="1h")

    if os.system("mount -t tmpfs -o size=1m none %s 2>/dev/null" % ng.spool):
        pytest.skip("may not mount")

    try:
        ng.start()
        send(ng.port, names("a", 6000))
        ng.stop()
        assert os.listdir(ng.spool) == []
    finally:
        os.system("umount %s" % ng.spool)

    assert len(all_pages([ng.log])) == 6000
    assert "kept in memory" in ng.error_text()
    assert "posix_fallocate() failed (28" in ng.error_text()


def test_changed_spool_ends_its_stream(config):
    ng = config(http=HTTP, server=SERVER, flush="1h").start()
    send(ng.port, ["good", "bad", "lost"])
    spool = committed(ng, "lost")

    with open(spool, "r+b") as f:
        at = f.read().index(b"/bad")
        f.seek(at)
        f.write(b"/BAD")

    ng.reopen()
    wait_for(lambda: len(blocks(ng.log)) == 2, "two blocks")
    wait_for(lambda: spools(ng) != [spool] and spools(ng), "another spool")
    send(ng.port, ["after"])
    ng.stop()

    first, last, other = blocks(ng.log)
    assert pages(first) == ["/good"]
    assert (last.writer, last.flags, last.n, last.dropped) == (
        first.writer, FINAL, 0, 2)
    assert other.writer != first.writer
    assert (pages(other), other.dropped) == (["/after"], 0)
    assert "the spool was damaged: 2 until now" in ng.error_text()


@root
def test_workers_without_rights(unprivileged):
    ng = unprivileged(flush="1h", user=USER)
    os.rmdir(ng.spool)
    ng.start()

    assert os.stat(ng.log).st_uid == NOBODY
    assert os.stat(ng.spool).st_uid == NOBODY
    assert os.stat(ng.spool).st_mode & 0o777 == 0o700
    (spool,) = spools(ng)
    assert os.stat(spool).st_uid == NOBODY

    send(ng.port, ["a"])
    old = ng.rotate()
    wait_for(lambda: all_pages([old]) == ["/a"], "rows in the old file")
    assert os.stat(ng.log).st_uid == NOBODY
    send(ng.port, ["b"])
    ng.reload()
    send(ng.port, ["c"])
    ng.stop()
    assert all_pages([ng.log]) == ["/b", "/c"]
    assert spools(ng) == []


@root
def test_workers_without_rights_and_an_unlinked_log(unprivileged):
    """They may not make a file there: the rows wait for the master's USR1."""

    ng = unprivileged(flush="50ms", user=USER)
    os.rmdir(ng.spool)
    ng.start()
    os.unlink(ng.log)
    ng.expect('open() "%s" failed' % ng.log)
    send(ng.port, ["a"])
    wait_for(lambda: "Permission denied" in ng.error_text(), "the message")
    assert not os.path.exists(ng.log)

    ng.reopen()
    wait_for(lambda: os.path.exists(ng.log) and os.path.getsize(ng.log) > 0,
             "rows")
    ng.stop()
    assert all_pages([ng.log]) == ["/a"]


@root
def test_a_folder_of_others_is_not_taken(unprivileged):
    ng = unprivileged(flush="1h", user=USER)
    ng.start()
    send(ng.port, ["a"])
    ng.stop()
    assert os.stat(ng.spool).st_uid == 0
    assert all_pages([ng.log]) == ["/a"]
    assert "kept in memory" in ng.error_text()
    assert "Permission denied" in ng.error_text()


@root
def test_everything_without_rights(unprivileged):
    """nginx as a whole is started by an ordinary user."""

    ng = unprivileged(flush="1h")
    os.rmdir(ng.spool)
    os.chown(ng.dir, NOBODY, -1)
    started_by(ng, "os.setuid(%d)" % NOBODY).start()
    send(ng.port, ["a"])
    old = ng.rotate()
    send(ng.port, ["b"])
    ng.stop()
    assert all_pages([old]) == ["/a"]
    assert all_pages([ng.log]) == ["/b"]
    assert spools(ng) == []
