"""Rows become blocks: when, under which writer, in which file."""

import gzip
import os
import re
import subprocess
import time

import msgpack
import pytest

from conftest import needs, wait_for
from logfile import (FINAL, HTTP, SERVER, Traffic, all_pages, blocks, lock,
                     pages, send, small_spool, spools, streams)


@pytest.fixture
def start(nginx):
    return lambda **kw: nginx(**dict(dict(http=HTTP, server=SERVER), **kw))


def flushed(ng, before=0):
    wait_for(lambda: os.path.getsize(ng.log) > before, "flush")


def test_clean_exit_writes_a_final_block(start):
    ng = start(flush="1h")
    send(ng.port, ["a", "b", "c"])
    assert os.path.getsize(ng.log) == 0
    assert len(spools(ng)) == 1

    ng.stop()
    (of_writer,) = streams([ng.log]).values()
    (block,) = of_writer
    assert block.flags == FINAL
    assert (block.n, block.seq, block.base, block.dropped) == (3, 0, 0, 0)
    assert block.writer != 0
    assert pages(block) == ["/a", "/b", "/c"]
    assert spools(ng) == []


def test_final_block_when_no_row_is_left(start):
    ng = start(flush="100ms")
    send(ng.port, ["a"])
    flushed(ng)
    ng.stop()

    first, last = blocks(ng.log)
    assert (first.flags, first.n) == (0, 1)
    assert (last.flags, last.n, last.seq, last.base) == (FINAL, 0, 1, 1)
    assert last.writer == first.writer


def test_nothing_to_say_nothing_written(start):
    ng = start()
    ng.stop()
    assert os.path.getsize(ng.log) == 0
    assert spools(ng) == []


def test_flush_timer_and_continuity(start):
    ng = start(flush="50ms")
    sent = []

    for i in range(5):
        size = os.path.getsize(ng.log)
        sent += send(ng.port, ["p%d" % i, "q%d" % i])
        flushed(ng, size)

    ng.stop()
    (of_writer,) = streams([ng.log]).values()
    assert len(of_writer) >= 6
    assert all_pages([ng.log]) == ["/" + p for p in sent]


def test_a_block_is_written_when_the_spool_is_half_full(config):
    ng = small_spool(config(http=HTTP, server=SERVER, flush="1h"))
    ng.start()
    send(ng.port, ["%d%s" % (i, "x" * 200) for i in range(400)])
    assert os.path.getsize(ng.log) > 0

    ng.stop()
    (of_writer,) = streams([ng.log]).values()
    assert len(of_writer) >= 3
    assert len(all_pages([ng.log])) == 400


def test_zcat_and_msgpack_read_it(start):
    ng = start(flush="50ms")
    send(ng.port, ["a"])
    flushed(ng)
    send(ng.port, ["b"])
    ng.stop()

    plain = subprocess.run(["gzip", "-dc"], stdin=open(ng.log, "rb"),
                           stdout=subprocess.PIPE, check=True).stdout

    with gzip.open(ng.log) as f:
        assert f.read() == plain

    with gzip.open(ng.log) as f:
        assert sum(b["n"] for b in msgpack.Unpacker(f)) == 2


def test_several_workers_one_file(start):
    ng = start(workers=4, flush="20ms")

    with Traffic(ng, clients=4) as t:
        wait_for(lambda: t.sent() >= 3000, "traffic")

    ng.stop()
    assert sorted(all_pages([ng.log])) == sorted("/" + p for p in t.done)
    assert all(s[-1].flags == FINAL for s in streams([ng.log]).values())
    assert spools(ng) == []


def test_the_same_path_is_the_same_log(config):
    ng = config(http=HTTP, flush="1h", server="""
        location / { journey on; try_files /index.html =404; }
        location /b { journey on; journey_log LOG flush=1h;
                      try_files /index.html =404; }
        location /c { journey on; journey_log LOG; try_files /index.html =404; }
        location /d { journey on; journey_log LOG.other;
                      try_files /index.html =404; }""")
    ng.edit("LOG", ng.log)
    ng.start()
    send(ng.port, ["a", "b", "c", "d"])
    assert len(spools(ng)) == 2

    ng.stop()
    assert all_pages([ng.log]) == ["/a", "/b", "/c"]
    assert all_pages([ng.log + ".other"]) == ["/d"]
    assert len(streams([ng.log, ng.log + ".other"])) == 2


def test_spool_is_named_after_log_and_writer_and_locked(start):
    ng = start(flush="1h")
    send(ng.port, ["a"])
    (name,) = spools(ng)
    assert re.fullmatch(r"journey\.jny-[0-9a-f]{8}-[0-9a-f]{16}\.spool",
                        os.path.basename(name))
    assert os.stat(name).st_mode & 0o777 == 0o600
    assert os.path.getsize(name) == 2 << 20
    assert os.stat(name).st_blocks * 512 >= 2 << 20, "preallocated"

    with open(name, "r+b") as f, pytest.raises(OSError):
        lock(f)

    ng.stop()
    (of_writer,) = streams([ng.log]).values()
    assert "-%016x." % of_writer[0].writer in name


def test_only_workers_write(start):
    """nginx initialises its cache processes as it does workers."""

    ng = start(workers=2, http=HTTP + "\n    proxy_cache_path cache "
                                      "keys_zone=c:1m;")
    wait_for(lambda: "start cache manager process" in ng.error_text()
             and len(spools(ng)) >= 2, "all processes")
    time.sleep(0.3)
    assert len(spools(ng)) == 2


@pytest.mark.parametrize("line, complaint", [
    pytest.param("x.jny threads=nobody", 'unknown thread pool "nobody"',
                 marks=needs("--with-threads")),
    ("x.jny threads=off; journey_log DIR/x.jny threads=default",
     "with other parameters"),
    ("x.jny; journey_log DIR/x.jny sync=block", "with other parameters"),
    (".", "is not a regular file"),
    ("x.jny; journey_log DIR/x.jny gzip=2", "with other parameters"),
    ("x.jny flush=1s; journey_log DIR/x.jny flush=2s",
     "with other parameters"),
    ("missing/x.jny", "No such file or directory"),
])
def test_what_journey_log_refuses(config, line, complaint):
    path = "DIR/" + line if line else "'' # DIR"
    ng = config(http=HTTP, server=SERVER + "\n    journey_log %s\n;" % path)
    ng.edit("DIR", ng.dir)
    rc, said = ng.test()
    assert rc != 0 and "[emerg]" in said and complaint in said, said


def test_configuration_test_touches_no_spool(config):
    ng = config(http=HTTP, server="journey_log %s sync=off gzip=9 flush=5m; "
                                  % "/dev/shm/../shm/jny-t" + SERVER)
    os.rmdir(ng.spool)
    ng.edit("/dev/shm/../shm/jny-t", ng.dir + "/t.jny")
    rc, said = ng.test()
    assert rc == 0, said
    assert not os.path.exists(ng.spool)
