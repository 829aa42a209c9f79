"""journey_status: counters of all workers, as JSON and for Prometheus."""

import json
import os
import re
import signal

import pytest

from conftest import TOP, Jar, wait_for

HTTP = "journey_privacy full; journey_stages look buy 'a \"b\"\\\\c' unused;"
SERVER = """
    location / { journey on; journey_stage $arg_stage;
                 try_files /index.html =404; }
    location = /status { journey_status; }
    location = /metrics { journey_status prometheus; }"""

# name{label="value",...} number, as Prometheus' text format has it
SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)'
                    r'\})? ([0-9.]+|\+Inf)')
LABEL = re.compile(r'(\w+)="((?:[^"\\\n]|\\[\\"n])*)"')


def status(ng):
    return json.loads(ng.get("/status").body)


def metrics(ng):
    """Types, and samples: (name, sorted labels) -> number."""

    answer = ng.get("/metrics")
    assert answer.one("Content-Type").startswith("text/plain; version=0.0.4")
    assert answer.text.endswith("\n")
    helps, types, samples = {}, {}, {}

    for line in answer.text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, text = line.split(" ", 3)
            assert name not in helps
            helps[name] = text
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ", 3)
            assert name in helps and name not in types
            types[name] = kind
        else:
            m = SAMPLE.fullmatch(line)
            assert m, line
            family = m.group(1)
            if family not in types:
                family = re.sub("_(bucket|sum|count)$", "", family)
                assert types[family] == "histogram"
            assert family == list(types)[-1], "samples behind their TYPE"
            labels = tuple(sorted(
                (k, re.sub(r"\\(.)", lambda e: {"n": "\n"}.get(e[1], e[1]), v))
                for k, v in LABEL.findall(m.group(2) or "")))
            assert (m.group(1), labels) not in samples
            samples[m.group(1), labels] = float(m.group(3))

    return types, samples


@pytest.fixture
def start(nginx):
    return lambda **kw: nginx(**dict(dict(http=HTTP, server=SERVER), **kw))


def test_json_counts(start):
    ng = start(flush="1h")
    jar = Jar()

    for target in ("/a?stage=look", "/b?stage=look", "/c?stage=buy", "/d"):
        ng.get(target, jar=jar)

    ng.get("/e?stage=look")
    ng.get("/f?stage=elsewhere", {"Cookie": "jny=forged"})

    s = status(ng)
    assert (s["events_accepted"], s["events_written"]) == (6, 0)
    assert sum(s["events_dropped"].values()) == 0
    assert s["cookies_invalid"] == 1
    assert s["spools"]["count"] == 1 and s["spools"]["used"] > 6 * 64
    assert s["spools"]["bytes"] == (2 << 20) - 4096
    assert s["spools"]["fullest"] == round(
        s["spools"]["used"] / s["spools"]["bytes"], 4)
    assert [(x["stage"], x["touchpoints"], x["visitors_today"],
             x["visitors_yesterday"]) for x in s["stages"]] == [
        ("look", 3, 2, 0), ("buy", 1, 1, 0), ('a "b"\\c', 0, 0, 0),
        ("unused", 0, 0, 0)]


def test_written_bytes_blocks(start):
    ng = start(flush="50ms")
    ng.get("/a")
    wait_for(lambda: status(ng)["events_written"] == 1, "flush")
    ng.get("/b")
    wait_for(lambda: status(ng)["events_written"] == 2, "flush")

    s = status(ng)
    assert (s["events_accepted"], s["log_blocks"]) == (2, 2)
    assert s["log_bytes"] == os.path.getsize(ng.log)
    assert s["spools"]["used"] == 0
    assert sum(s["flush_us"]["most"].values()) == 2
    assert s["flush_us"]["sum"] > 0


def test_dropped_by_reason(config):
    ng = config(http=HTTP, server=SERVER, flush="1h")
    ng.edit("journey_spool %s;" % ng.spool,
            "journey_spool %s size=64k;" % ng.spool)
    ng.start()
    ng.expect("journey_log")
    os.unlink(ng.log)
    os.mkdir(ng.log)

    for i in range(400):
        ng.get("/%d%s" % (i, "x" * 400))

    s = status(ng)
    assert s["events_accepted"] == 400 and s["events_written"] <= 200
    assert s["events_dropped"]["write"] > 100
    assert s["spools"]["fullest"] > 0.9
    ng.stop(signal.SIGTERM)


def test_prometheus(start):
    ng = start(flush="50ms")
    ng.get("/a?stage=buy")
    wait_for(lambda: status(ng)["events_written"] == 1, "flush")
    types, samples = metrics(ng)
    p = "nginx_journey_"

    assert all(n.startswith(p) for n in types)
    assert all(n.endswith("_total") == (k == "counter")
               for n, k in types.items())
    assert samples[p + "events_accepted_total", ()] == 1
    assert samples[p + "events_dropped_total", (("reason", "write"),)] == 0
    assert samples[p + "stage_touchpoints_total", (("stage", "buy"),)] == 1
    assert samples[p + "stage_touchpoints_total",
                   (("stage", 'a "b"\\c'),)] == 0
    assert samples[p + "stage_visitors",
                   (("day", "today"), ("stage", "buy"))] == 1

    # buckets: cumulative, in order, the last one is the count

    buckets = [(float(dict(labels)["le"]), n) for (name, labels), n
               in samples.items() if name == p + "flush_seconds_bucket"]
    assert buckets == sorted(buckets) and len(buckets) == 14
    assert [n for _, n in buckets] == sorted(n for _, n in buckets)
    assert buckets[-1] == (float("inf"), 1)
    assert samples[p + "flush_seconds_count", ()] == 1
    assert 0 < samples[p + "flush_seconds_sum", ()] < 10

    # the JSON says the same

    s = status(ng)
    assert {r for (n, l), _ in samples.items() for k, r in l
            if n == p + "events_dropped_total"} == set(s["events_dropped"])


def test_counters_survive_reload_and_death(start):
    ng = start(flush="20ms", workers=2)
    jar = Jar()

    for i in range(10):
        ng.get("/%d?stage=look" % i, jar=jar)

    ng.edit("journey_stages look buy", "journey_stages first buy look")
    ng.reload()

    # A spool is counted from when its worker has made it until that leaves.
    wait_for(lambda: status(ng)["spools"]["count"] == 2, "two spools")
    s = status(ng)
    assert s["events_accepted"] == 10 == s["events_written"]
    assert {x["stage"]: (x["touchpoints"], x["visitors_today"])
            for x in s["stages"]}["look"] == (10, 1)

    ng.expect("exited on signal 9")
    old = ng.workers()

    for pid in old:
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: len(set(ng.workers()) - set(old)) == 2, "new workers")
    ng.get("/x?stage=buy", jar=jar)

    # A request is counted when it is logged, behind its answer.
    wait_for(lambda: status(ng)["events_accepted"] == 11, "the count")
    wait_for(lambda: status(ng)["spools"]["count"] == 2, "two spools")
    s = status(ng)
    assert [x["touchpoints"] for x in s["stages"]][:3] == [0, 1, 10]


def test_recovered(start):
    ng = start(flush="1h")
    ng.get("/a")
    ng.get("/b")
    ng.expect("exited on signal 9")
    os.kill(ng.workers()[0], signal.SIGKILL)
    s = wait_for(lambda: ng.answers() and status(ng)["events_recovered"]
                 and status(ng), "recovery")
    assert (s["events_accepted"], s["events_written"],
            s["events_recovered"]) == (2, 0, 2)
    assert s["log_bytes"] == os.path.getsize(ng.log)
    assert s["spools"]["used"] == 0


def test_dashboard_asks_for_what_there_is(start):
    """Every metric of the dashboard exists, with the labels it sums by."""

    with open(os.path.join(TOP, "conf-examples", "grafana.json")) as f:
        board = json.load(f)

    _, samples = metrics(start())
    known = {}

    for name, labels in samples:
        known.setdefault(name, set()).update(k for k, _ in labels)

    asked = set()

    for target in (t for p in board["panels"] for t in p["targets"]):
        name = re.search(r"nginx_journey_\w+", target["expr"]).group(0)
        by = re.search(r"by \((\w+)\)", target["expr"])
        assert name in known, name
        assert by is None or by.group(1) in known[name]
        asked.add(name)

    assert len(asked) > 10


def test_visitors_are_estimated(start):
    """Own cookies a thousand times: 1.6 % is 16."""

    ng = start(flush="1h")

    for i in range(1000):
        ng.get("/?stage=look")

    look = status(ng)["stages"][0]
    assert look["touchpoints"] == 1000
    assert abs(look["visitors_today"] - 1000) < 4 * 16


def test_staff_and_prefetches_are_no_touchpoints(start):
    ng = start(http=HTTP + "journey_internal $arg_staff;")
    ng.get("/?stage=look&staff=1")
    ng.get("/?stage=look", {"Sec-Purpose": "prefetch"})
    s = status(ng)
    assert s["events_accepted"] == 2
    assert s["stages"][0]["touchpoints"] == 0


def test_methods_and_arguments(start, config):
    ng = start()
    head = ng.request("HEAD", "/status")
    assert (head.status, head.body) == (200, b"")
    assert ng.post("/status", body=b"x").status == 405
    assert ng.rows() == []

    for wrong, said in (("xml", '"json" or "prometheus"'),
                        ("json; journey_status", "duplicate")):
        code, text = config(
            server="location /s { journey_status %s; }" % wrong).test()
        assert code != 0 and said in text, text


def test_without_journey_it_is_all_zeros(start):
    ng = start(http="", server="location = /status { journey_status; }")
    s = status(ng)
    assert s["events_accepted"] == 0 and s["stages"] == []


@pytest.mark.parametrize("said,rows", [("", 0), ("journey on;", 1)])
def test_a_monitor_is_no_visitor(nginx, said, rows):
    ng = nginx(http="journey_stages look;", server="""
        journey on; journey_privacy full;
        location / { try_files /index.html =404; }
        location = /status { journey_status; %s }""" % said)
    assert (ng.get("/status").all("Set-Cookie") == []) == (rows == 0)
    ng.get("/page")
    assert [r["page"] for r in ng.rows()] == ["/status"] * rows + ["/page"]
