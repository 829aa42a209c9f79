"""Each system call that the log's writer makes fails, with each error, under
load: no request fails, the file stays whole, what was accepted is written or
counted, and the writer goes on by itself.  strace injects the errors; each
test sees in its output that it did."""

import concurrent.futures
import glob
import json
import os
import shutil

import pytest

from conftest import needs, wait_for
from logfile import (BEACONS, HTTP, Strace, all_pages, audit, blocks,
                     committed, pages, reported, row_of, send, small_spool,
                     spools, streams, whole)

SERVER = BEACONS + "location = /status { journey_status; }"
ERRORS = ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EFBIG", "EINTR"]
ROWS = 160                  # of about 1 KB: more than a spool of 64 KB holds


def status(ng):
    s = json.loads(ng.get("/status").body)
    return (s["events_accepted"], s["events_written"],
            sum(s["events_dropped"].values()))


def removed(ng):
    """The log; the copy says what it had."""

    shutil.copy(ng.log, ng.dir)
    os.unlink(ng.log)


def folder_removed(ng):
    removed(ng)
    os.rmdir(os.path.dirname(ng.log))


def half_a_block(ng):
    """A writer that died while it appended."""

    with open(ng.log, "r+b") as f:
        f.write(f.read()[:100])


def in_a_folder(ng):
    """The log is not where the other files are."""

    folder = os.path.join(ng.dir, "logs")
    os.mkdir(folder)
    ng.edit("journey_log " + ng.log, "journey_log %s/journey.jny" % folder)
    ng.log = os.path.join(folder, "journey.jny")
    return ng


def logs_of(ng):
    """With what was copied or put aside."""

    return [path for path in glob.glob(os.path.join(ng.dir, "**", "*.jny*"),
                                       recursive=True)
            if not path.startswith(ng.spool)]


def nothing(ng):
    pass


# The call, what makes the writer come to it, what the error log names; and
# whether the same block is written once more, as when a sync fails.

CALLS = {
    "openat": (removed, "open()", False),
    "mkdir": (folder_removed, "open()", False),
    "newfstatat,fstat": (nothing, "fstat()", False),    # libc 2.36, later ones
    "fcntl": (nothing, "fcntl(F_OFD_SETLK)", False),
    "pread64": (nothing, "pread()", False),
    "ftruncate": (half_a_block, "ftruncate()", False),
    "write": (nothing, "write()", False),
    "lseek": (nothing, "lseek()", True),
    "fdatasync": (nothing, "fdatasync()", True),
    "renameat2": (nothing, "fdatasync()", True),    # which led to it
}

# Tried again at once, so nobody hears of it.

RESTARTED = {"openat", "fcntl", "pread64", "ftruncate", "write", "fdatasync"}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_fails_with_each_error(config, call):
    made = [in_a_folder(small_spool(config(http=HTTP, server=SERVER,
                                           flush="30ms")))
            for error in ERRORS]

    with concurrent.futures.ThreadPoolExecutor(len(ERRORS)) as pool:
        list(pool.map(lambda ng, error: fail(ng, call, error), made, ERRORS))


def fail(ng, call, error):
    provoke, said, again = CALLS[call]

    if call in ("fdatasync", "renameat2"):
        ng.edit("flush=30ms", "flush=30ms sync=block")

    ng.start()
    ng.expect("failed")
    send(ng.port, ["before"])
    wait_for(lambda: os.path.getsize(ng.log) > 0, "flush")
    first = all_pages([ng.log])
    inject = ["%s:error=%s%s" % (call, error, ":when=1..3" if error == "EINTR"
                                 else "")]

    if call == "renameat2":
        inject.append("fdatasync:error=EIO:when=1")

    with Strace(ng, *inject) as calls:
        provoke(ng)
        sent = send(ng.port, ["%d-%s" % (i, "x" * 900) for i in range(ROWS)])
        calls.wait()

        if error != "EINTR":
            wait_for(lambda: status(ng)[2] > 0, "drops")

        # A call that strace leaves behind in its middle fails with ENOSYS, and
        # each thread of the pool has three to come.

        elif call in RESTARTED:
            wait_for(lambda: settled(status(ng)), "writing through it")

        if os.path.exists(ng.log) and call != "ftruncate":
            whole(ng.log)

    wait_for(lambda: settled(status(ng)), "recovery")
    sent += send(ng.port, ["after"])
    ng.stop()
    expect(ng, first, sent, again)

    assert ng.error_text().count("%s \"%s\" failed" % (said, ng.log)) == (
        0 if error == "EINTR" and call in RESTARTED else 1), "once a minute"


def settled(counts):
    accepted, written, dropped = counts
    return accepted == written + dropped


def expect(ng, first, sent, again):
    """What was sent is in some file, or counted in the last block."""

    logs = logs_of(ng)
    found = all_pages(logs)
    last = [b for path in logs for b in blocks(path)
            if not b.n or pages(b)[-1] == "/after"][-1]
    assert set(found) <= set(first) | {row_of(name) for name in sent}
    assert len(set(found) - set(first)) + last.dropped == len(sent)
    assert again or len(found) == len(set(found))

    for path in logs:
        if os.path.getsize(path):
            whole(path)

    _, ledger = audit(logs)
    assert ledger["total"]["balanced"]
    assert ledger["total"]["dropped"] == last.dropped


# A spool is made: the first one, or as here another for one that was removed.

@pytest.mark.parametrize("call, said", [
    ("openat", "open()"), ("fcntl", "fcntl(F_OFD_SETLK)"),
    ("fallocate", "posix_fallocate()"), ("mmap", "mmap()"), ("link", "link()")])
def test_each_call_for_a_spool_fails_with_each_error(config, call, said):
    made = [config(http=HTTP, server=SERVER, flush="1h") for error in ERRORS]

    with concurrent.futures.ThreadPoolExecutor(len(ERRORS)) as pool:
        list(pool.map(lambda ng, error: fail_spool(ng, call, said, error),
                      made, ERRORS))


def fail_spool(ng, call, said, error):
    ng.start()
    send(ng.port, ["a"])
    old = committed(ng, "a")

    with Strace(ng, "%s:error=%s:when=1" % (call, error), main=True) as calls:
        os.unlink(old)
        calls.wait()

    if (call, error) == ("fallocate", "EINTR"):
        wait_for(lambda: spools(ng), "the spool")

    else:
        wait_for(lambda: "kept in memory" in ng.error_text(), "the message")
        assert "no spool in \"%s\": %s failed" % (ng.spool, said) \
            in ng.error_text()
        assert spools(ng) == [], "nothing is left behind"

    send(ng.port, ["b"])
    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]
    status, ledger = audit([ng.log])
    assert (status, ledger["total"]["read"]) == (0, 2)


def test_neither_spool_nor_memory(nginx):
    """The rows stay where they are."""

    ng = nginx(http=HTTP, server=SERVER, flush="1h")
    ng.expect("no spool in memory either: mmap() failed")
    send(ng.port, ["a"])
    old = committed(ng, "a")

    with Strace(ng, "mmap:error=ENOMEM", main=True) as calls:
        os.unlink(old)
        calls.wait()
        wait_for(lambda: "no spool in memory" in ng.error_text(), "the message")

    send(ng.port, ["b"])
    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b"]


def test_sync_that_fails(nginx):
    """The kernel may have thrown pages away and say "done" the next time: the
    file is not used again, and the block is in the next one too."""

    ng = nginx(http=HTTP, server=SERVER, flush="30ms sync=block")
    send(ng.port, ["a"])
    wait_for(lambda: os.path.getsize(ng.log) > 0, "flush")
    ng.expect("fdatasync() ")
    spoilt = os.stat(ng.log).st_ino

    with Strace(ng, "fdatasync:error=EIO:when=1") as calls:
        send(ng.port, ["b"])
        calls.wait()

    wait_for(lambda: os.path.exists(ng.log)
             and os.stat(ng.log).st_ino != spoilt, "a new file")
    send(ng.port, ["c"])
    wait_for(lambda: "/c" in all_pages([ng.log]), "rows in it")
    ng.stop()

    aside = "%s.unsynced-%d" % (ng.log, spoilt)
    assert all_pages([aside]) == ["/a", "/b"]
    assert all_pages([ng.log]) == ["/b", "/c"]

    twice = [b for path in (aside, ng.log) for b in blocks(path)
             if pages(b) == ["/b"]]
    assert len(twice) == 2 and len({(b.writer, b.seq, b.n)
                                    for b in twice}) == 1


def test_what_is_not_synced_keeps_its_number(nginx):
    """The block is in a file under its writer's id: though the spool is
    removed, its rows come again under no other."""

    ng = nginx(http=HTTP, server=SERVER, flush="30ms sync=block")
    ng.expect("fdatasync() ")
    send(ng.port, ["a"])
    (old,) = spools(ng)

    with Strace(ng, "fdatasync:error=EIO") as calls:
        send(ng.port, ["b"])
        calls.wait()
        os.unlink(old)
        wait_for(lambda: calls.text().count("(INJECTED)") > 2, "another try")
        assert spools(ng) == []

    wait_for(lambda: status(ng)[1] == 2, "recovery")
    send(ng.port, ["c"])
    wait_for(lambda: status(ng)[1] == 3, "flush")
    send(ng.port, ["d"])
    ng.stop()
    logs = glob.glob(ng.log + "*")
    assert sorted(reported(logs)) == ["/a", "/b", "/c", "/d"]
    assert len(all_pages(logs)) > 4, "in the files more than once"


# A disk that is slow.

@needs("--with-threads")
def test_requests_are_answered_while_a_call_is_stuck(config):
    stuck = [call for call in CALLS if call not in ("mkdir", "renameat2")]
    made = [in_a_folder(config(http=HTTP, server=SERVER,
                               flush="30ms sync=block")) for call in stuck]

    with concurrent.futures.ThreadPoolExecutor(len(stuck)) as pool:
        list(pool.map(stick, made, stuck))


def stick(ng, call):
    ng.start()
    sent = send(ng.port, ["before"])
    wait_for(lambda: os.path.getsize(ng.log) > 0, "flush")

    with Strace(ng, call + ":delay_enter=4s:when=1") as calls:
        CALLS[call][0](ng)
        sent += send(ng.port, ["beacon"])
        wait_for(lambda: any(name + "(" in calls.text()
                             for name in call.split(",")), call)
        sent += send(ng.port, ["p%d" % i for i in range(10)])
        sent += send(ng.port, ["beacon%d" % i for i in range(10)])
        assert "(DELAYED)" not in calls.text(), "it was over before"
        calls.wait("(DELAYED)")

    ng.stop()
    assert sorted(all_pages(logs_of(ng))) == sorted(map(row_of, sent))


@needs("--with-threads")
def test_spool_full_behind_a_slow_disk(config):
    ng = small_spool(config(http=HTTP, server=SERVER, flush="30ms")).start()
    sent = ["%d-%s" % (i, "x" * 900) for i in range(ROWS)]

    with Strace(ng, "write:delay_enter=1500000") as calls:
        send(ng.port, sent)
        calls.wait("(DELAYED)")

    ng.stop()
    (of_writer,) = streams([ng.log]).values()
    logged = sum(b.n for b in of_writer)
    assert of_writer[-1].dropped > 0
    assert logged + of_writer[-1].dropped == ROWS
    assert "the spool is full" in ng.error_text()
    assert ng.error_text().count("drops events") == 1
