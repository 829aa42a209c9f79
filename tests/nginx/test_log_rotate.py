"""The log is renamed, cut, unlinked, locked; processes come and go."""

import os
import shutil
import signal
import socket
import time

import pytest

from conftest import timed, wait_for
from logfile import (FINAL, HTTP, RECOVERED, SERVER, Traffic, all_pages,
                     blocks, committed, lock, send, single, spools, streams,
                     unlock)


@pytest.fixture
def start(nginx):
    return lambda **kw: nginx(**dict(dict(http=HTTP, server=SERVER), **kw))


def has(path, names):
    return lambda: set("/" + n for n in names) <= set(all_pages([path]))


def test_rows_before_usr1_are_in_the_renamed_file(start):
    ng = start(flush="1h")
    send(ng.port, ["before"])
    old = ng.rotate()
    wait_for(has(old, ["before"]), "rows in the old file")
    send(ng.port, ["between"])
    again = ng.rotate()
    wait_for(has(again, ["between"]), "rows in the next")
    send(ng.port, ["after"])
    ng.stop()

    assert all_pages([old]) == ["/before"]
    assert all_pages([again]) == ["/between"]
    assert all_pages([ng.log]) == ["/after"]
    (of_writer,) = streams(ng.files()).values()
    assert [b.seq for b in of_writer] == [0, 1, 2]


def test_rotation_under_traffic_loses_nothing(start):
    ng = start(workers=3, flush="30ms")

    with Traffic(ng) as t:
        for i in range(6):
            sent = t.sent()
            wait_for(lambda: t.sent() >= sent + 300, "traffic")
            ng.rotate()

    ng.stop()
    streams(ng.files())
    assert len(ng.files()) == 7
    assert sorted(all_pages(ng.files())) == sorted("/" + p for p in t.done)
    assert spools(ng) == []


def test_reload_under_traffic_loses_nothing(start):
    ng = start(workers=2, flush="30ms")

    with Traffic(ng) as t:
        for i in range(4):
            sent = t.sent()
            wait_for(lambda: t.sent() >= sent + 300, "traffic")
            ng.reload()

        ng.rotate()
        sent = t.sent()
        wait_for(lambda: t.sent() >= sent + 100, "traffic")

    ng.stop()
    found = streams(ng.files())
    assert sorted(all_pages(ng.files())) == sorted("/" + p for p in t.done)
    assert len(found) >= 5
    assert all(s[-1].flags == FINAL for s in found.values())
    assert spools(ng) == []


@timed("its old worker ends before the new one has begun")
def test_an_old_worker_that_lingers_shares_the_file(start):
    """A slow client keeps the old generation alive beside the new one."""

    ng = start(flush="1h")
    slow = socket.create_connection(("127.0.0.1", ng.port))
    slow.sendall(b"GET /slow HTTP/1.1\r\nHost: shop.test\r\n")

    old = ng.workers()
    time.sleep(0.2)
    os.kill(ng.process.pid, signal.SIGHUP)
    wait_for(lambda: len(ng.workers()) == 2, "both generations")
    wait_for(lambda: len(spools(ng)) == 2, "a spool each")
    wait_for(lambda: "gracefully shutting down" in ng.error_text(), "the end "
             "of the old one's listening")
    send(ng.port, ["new"])
    renamed = ng.rotate()
    wait_for(has(renamed, ["new"]), "new worker's row")

    slow.sendall(b"Connection: close\r\n\r\n")
    assert b"200 OK" in slow.recv(65536)
    slow.close()
    wait_for(lambda: not set(old) & set(ng.workers()), "old worker's end")
    assert all_pages([ng.log]) == ["/slow"]
    ng.stop()
    assert len(streams(ng.files())) == 2, ng.error_text()


def test_unlinked_log_is_made_again(start):
    ng = start(flush="50ms")
    send(ng.port, ["a"])
    wait_for(lambda: os.path.getsize(ng.log) > 0, "flush")
    os.unlink(ng.log)
    send(ng.port, ["b"])
    wait_for(lambda: os.path.exists(ng.log) and os.path.getsize(ng.log) > 0,
             "a new log")
    ng.stop()
    assert all_pages([ng.log]) == ["/b"]


def test_copytruncate_leaves_no_zeros(start):
    ng = start(flush="50ms")
    copy = ng.log + ".1"

    send(ng.port, ["a%d" % i for i in range(50)])
    wait_for(has(ng.log, ["a49"]), "flush")
    shutil.copy(ng.log, copy)
    os.truncate(ng.log, 0)
    send(ng.port, ["b"])
    ng.stop()

    assert len(all_pages([copy])) == 50
    streams([copy, ng.log])
    assert all_pages([ng.log]) == ["/b"]


def test_torn_tail_is_cut_and_said(start):
    ng = start(flush="1h")
    send(ng.port, ["a"])
    ng.stop()
    size = os.path.getsize(ng.log)

    with open(ng.log, "r+b") as f:
        block = f.read()
        f.write(block[:len(block) - 1])

    ng.start()
    send(ng.port, ["b"])
    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]
    assert "cut off %d bytes" % (size - 1) in ng.error_text()


def test_damage_is_left_alone(start):
    ng = start(flush="1h")
    send(ng.port, ["a"])
    ng.stop()

    with open(ng.log, "r+b") as f:
        f.seek(40)
        f.write(b"damage!!")

    with open(ng.log, "rb") as f:
        hurt = f.read()

    ng.start()
    send(ng.port, ["b"])
    ng.stop()

    with open(ng.log, "rb") as f:
        log = f.read()

    assert log.startswith(hurt) and len(log) > len(hurt)
    tail = ng.log + ".tail"
    with open(tail, "wb") as f:
        f.write(log[len(hurt):])
    assert all_pages([tail]) == ["/b"]


def test_a_busy_lock_delays_no_request(start):
    ng = start(flush="20ms")
    f = open(ng.log, "r+b")
    lock(f)

    begin = time.monotonic()
    sent = send(ng.port, ["a%d" % i for i in range(300)])
    assert time.monotonic() - begin < 10
    time.sleep(0.1)
    assert os.path.getsize(ng.log) == 0

    unlock(f)
    wait_for(has(ng.log, sent), "rows once the lock is free")
    f.close()
    ng.stop()
    assert all_pages([ng.log]) == ["/" + p for p in sent]


def test_usr1_waits_for_a_busy_lock_but_not_long(start):
    ng = start(flush="1h")

    for held_s, in_old in ((0.3, True), (2.5, False)):
        name = "held%d" % (held_s * 10)
        send(ng.port, [name])

        with open(ng.log, "r+b") as f:
            lock(f)
            old = ng.rotate()
            time.sleep(held_s)
            unlock(f)

        wait_for(has(old if in_old else ng.log, [name]), name)

    ng.stop()
    assert all_pages(ng.files()) == ["/held3", "/held25"]
    streams(ng.files())


def test_exit_waits_for_a_busy_lock_but_not_long(start):
    ng = start(flush="1h")
    send(ng.port, ["a"])

    with open(ng.log, "r+b") as f:
        lock(f)
        os.kill(ng.process.pid, signal.SIGQUIT)
        time.sleep(0.3)
        unlock(f)

    ng.stop()
    assert all_pages([ng.log]) == ["/a"]

    ng.start()
    send(ng.port, ["b"])
    ng.expect("1 events could not be written and stay in")

    with open(ng.log, "r+b") as f:
        lock(f)
        ng.stop()

    assert all_pages([ng.log]) == ["/a"]
    (kept,) = spools(ng)
    assert "stay in \"%s\"" % kept in ng.error_text()


def test_killed_workers_spool_is_adopted(start):
    ng = start(flush="1h")
    send(ng.port, ["a"])
    of_dead = committed(ng, "a")
    (worker,) = ng.workers()
    ng.expect("exited on signal 9")
    os.kill(worker, signal.SIGKILL)

    wait_for(lambda: ng.workers() not in ([], [worker]), "the next worker")
    wait_for(lambda: of_dead not in spools(ng), "adoption")
    wait_for(lambda: len(spools(ng)) == 1, "its spool")
    send(ng.port, ["b"])
    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]
    assert spools(ng) == []

    dead, living = blocks(ng.log)
    assert "-%016x." % dead.writer in of_dead
    assert dead.writer != living.writer
    assert (dead.flags, living.flags) == (RECOVERED | FINAL, FINAL)
    assert "recovered 1 events of 1 dead workers" in ng.error_text()


def test_single_process(config):
    """Without a master nothing else opens and reopens files.  A reload leaves
    the old configuration's log with rows, and nginx mentions it to nobody."""

    ng = single(config(http=HTTP, server=SERVER, flush="1h",
                       main="master_process off;"))
    ng.start()
    send(ng.port, ["a"])

    old = ng.log + ".1"
    os.rename(ng.log, old)
    os.kill(ng.process.pid, signal.SIGUSR1)
    wait_for(has(old, ["a"]), "rows in the old file")

    send(ng.port, ["b"])
    os.kill(ng.process.pid, signal.SIGHUP)
    wait_for(lambda: ng.error_text().count("using the") == 2, "reload")
    ng.stop()

    assert all_pages([old]) == ["/a"]
    assert all_pages([ng.log]) == ["/b"]
    (of_writer,) = streams([old, ng.log]).values()
    assert of_writer[-1].flags == FINAL
    assert spools(ng) == []
