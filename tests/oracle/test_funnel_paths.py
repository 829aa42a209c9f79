"""journey funnel and paths against their oracles, on random journeys.

Alphabets and times are tiny, so that ties, timeouts, repeats and re-entries
are the rule; many visitors share a log, so that an example is one run of each
command.  JNY_EXAMPLES multiplies the number of examples.
"""

import json
import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import jnywrite
import oracle_funnel
import oracle_journeys
import oracle_paths

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
EXAMPLES = 40 * int(os.environ.get("JNY_EXAMPLES", "1"))

STAGES = ["awareness", "cart", "purchase"]
TOUCHPOINTS = ["a", "b", "c"]
T0 = 1_700_000_000_000
TOP = 1000

TUPLES = [{}, {}, {},
          {"source": "google", "medium": "cpc", "campaign": "spring"},
          {"source": "list", "medium": "email", "campaign": "march"},
          {"source": "partner", "medium": "referral"}]

ORDERS = [{"value": 125000, "currency": "EUR", "order": "o1"},
          {"value": 99900, "currency": "USD", "order": "o2"},
          {"value": 10000, "currency": "EUR", "order": "o3"},
          {"value": 5, "currency": "EUR"},
          {"value": -10000, "currency": "EUR", "order": "o3"},
          {}, {}, {}]


@st.composite
def events(draw):
    stage = draw(st.sampled_from(STAGES + ["", "elsewhere"]))
    row = {"time": T0 + draw(st.integers(0, 12)) * 10,
           "visitor": draw(st.integers(0, 9)),
           "stage": stage,
           "touchpoint": draw(st.sampled_from(TOUCHPOINTS + [""])),
           "page": draw(st.sampled_from(["/x", "/y", ""])),
           "status": draw(st.sampled_from([200, 200, 200, 404])),
           **draw(st.sampled_from(TUPLES))}
    if stage == "purchase":
        row.update(draw(st.sampled_from(ORDERS)))
    return row


@st.composite
def logs(draw):
    """A list of blocks: (writer, seq, base, rows)."""
    rows = draw(st.lists(events(), min_size=1, max_size=90))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    blocks, seen = [], {}
    for a, b in zip([0] + cuts, cuts + [len(rows)]):
        if a == b:
            continue
        writer = draw(st.sampled_from([7, 5]))
        seq, base = seen.get(writer, (0, 0))
        blocks.append((writer, seq, base, rows[a:b]))
        seen[writer] = (seq + 1, base + b - a)
    return blocks


def journeys_of(blocks, gap_ms):
    rows = [dict(row, writer=writer, seq=seq, row=i)
            for writer, seq, _, rows in blocks for i, row in enumerate(rows)]
    return oracle_journeys.journeys(rows, STAGES, gap_ms)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("oracle") / "random.jny")

    def prepare(blocks):
        jnywrite.write(path, [
            jnywrite.block(rows, STAGES, writer, seq, base)
            for writer, seq, base, rows in blocks])

        def command(*words):
            done = subprocess.run(
                [JOURNEY, *words, "--format", "json", "--tz", "UTC", path],
                capture_output=True)
            assert done.returncode == 0, done.stderr.decode()
            return json.loads(done.stdout)
        return command
    return prepare


def random_examples(test):
    return settings(
        max_examples=EXAMPLES, deadline=None,
        suppress_health_check=list(HealthCheck))(test)


def money(value):
    return {currency: round(amount * 10000)
            for currency, amount in value.items()}


def close(a, b):
    return a == b if a is None or b is None else abs(a - b) < 2e-6


def same_steps(found, wanted, names, is_open, entries):
    assert [s["name"] for s in found] == names
    assert len(found) == len(wanted)
    for f, w in zip(found, wanted):
        for key in ("step", "count", "dropped", "time_ms", "still_open"):
            assert f[key] == w[key], (key, f, w)
        for key in ("entries", "touched", "skipped") if is_open else ():
            assert f[key] == w[key], (key, f, w)
        if entries:
            assert f["visitors"] == w["visitors"], (f, w)
        assert close(f["from_first"], w["from_first"]), (f, w)
        assert close(f["from_previous"], w["from_previous"]), (f, w)
        assert all(map(close, f["interval"], w["interval"])), (f, w)
        assert money(f["value"]) == w["value"], (f, w)


def campaign(e):
    source, _, name = e["carried"]
    return name or source or "(direct)"


def stage_key(e):
    stage = oracle_journeys.stage_of(e)
    return stage if stage in STAGES else "(none)"


def key_of(field):
    return {"campaign": campaign,
            "source": lambda e: e["carried"][0] or "(none)",
            "touchpoint": lambda e: oracle_paths.name(e) or "(none)",
            "page": lambda e: e.get("page") or "(none)",
            "stage": stage_key,
            }.get(field)


FUNNELS = st.fixed_dictionaries({
    "steps": st.one_of(
        st.none(),
        st.lists(st.sampled_from(["a", "b", "c", "a|b"]),
                 min_size=1, max_size=4)),
    "open": st.booleans(),
    "window": st.sampled_from([0, 10, 30, 60, 1000]),
    "gap": st.sampled_from([5, 20, 1000]),
    "by": st.sampled_from([None, "campaign", "source", "touchpoint", "page",
                           "stage"]),
    "where": st.sampled_from(["", "b"]),
    "threads": st.sampled_from([1, 2, 3]),
})


def touchpoint_is(words):
    return lambda e: oracle_paths.name(e) in words.split("|")


def stage_is(stage):
    return lambda e: oracle_journeys.stage_of(e) == stage and not e["refund"]


@random_examples
@given(blocks=logs(), choice=FUNNELS)
def test_funnel_equals_oracle(run, blocks, choice):
    given_steps = choice["steps"]
    window = max(choice["window"], 1)
    key = key_of(choice["by"])
    people = journeys_of(blocks, choice["gap"])
    last = max((e["time"] for mine in people.values() for e in mine),
               default=0)
    if choice["where"]:
        people = {v: [e for e in mine
                      if oracle_paths.name(e) != choice["where"]]
                  for v, mine in people.items()}

    words = ["funnel", "--window", f"{window}ms",
             "--session-gap", f"{choice['gap']}ms",
             "--threads", str(choice["threads"]), "--top", str(TOP),
             "--entry", "any" if choice["open"] else "first"]
    if given_steps:
        names = [f"touchpoint={s}" for s in given_steps]
        steps = [touchpoint_is(s) for s in given_steps]
        words += ["--steps", " > ".join(names)]
    else:
        names, steps = STAGES, [stage_is(s) for s in STAGES]
    if key:
        words += ["--by", choice["by"]]
    if choice["where"]:
        words += ["--where", f"touchpoint!={choice['where']}"]

    document = run(blocks)(*words)
    entries = oracle_funnel.entries(people, steps, window, choice["open"],
                                    key)
    windowed = not choice["open"] or key is not None

    def wanted(mine):
        return oracle_funnel.count(mine, len(steps), window, last, windowed)

    same_steps(document["steps"], wanted(entries), names, choice["open"], key)

    if key is None:
        assert "groups" not in document
        return

    by_key = {}
    for e in entries:
        by_key.setdefault(e["key"], []).append(e)
    order = sorted(by_key, key=lambda k: (-len(by_key[k]), k.encode()))
    assert [g["key"] for g in document["groups"]] \
        == [{choice["by"]: k} for k in order]
    for group, k in zip(document["groups"], order):
        same_steps(group["steps"], wanted(by_key[k]), names, choice["open"],
                   key)


@random_examples
@given(blocks=logs(), whole=st.booleans(), keep=st.booleans(),
       gap=st.sampled_from([5, 20, 1000]), top=st.sampled_from([1, 3, TOP]),
       where=st.sampled_from(["", "b"]), threads=st.sampled_from([1, 2, 3]))
def test_paths_equal_oracle(run, blocks, whole, keep, gap, top, where,
                            threads):
    people = journeys_of(blocks, gap)
    found = list(oracle_paths.taken(
        people, lambda e: oracle_paths.name(e) != where or not where,
        whole, keep))

    words = ["paths", "--session-gap", f"{gap}ms", "--top", str(top),
             "--threads", str(threads)]
    words += ["--whole-journey"] * whole + ["--keep-repeats"] * keep
    if where:
        words += ["--where", f"touchpoint!={where}"]
    document = run(blocks)(*words)

    def as_sums(d):
        return {"count": d["count"], "visitors": d.get("visitors"),
                "converted": d["converted"], "value": money(d["value"])}

    wanted, other = oracle_paths.paths(found, top)
    assert [p["path"] for p in document["paths"]] \
        == [w["path"] for w in wanted]
    assert [dict(as_sums(p), path=p["path"]) for p in document["paths"]] \
        == wanted
    assert as_sums(document["other"]) == dict(other, visitors=None)
    assert as_sums(document["totals"]) == oracle_paths.sums(found)
    assert document["totals"]["distinct"] == len({p for _, p, _ in found})
    assert document["edges"] == oracle_paths.edges(found, top)


def test_long_paths_are_cut(run):
    """A client that wanders for ever: its first 32 touchpoints count."""
    rows = [{"time": T0 + i, "visitor": v, "page": f"/{i % 7}"}
            for v, n in ((1, 500), (2, 32), (3, 33)) for i in range(n)]
    document = run([(1, 0, 0, rows)])("paths")
    people = journeys_of([(1, 0, 0, rows)], 1_800_000)
    found = list(oracle_paths.taken(people, lambda e: True))

    assert [(p["count"], len(p["path"]), p["path"][-1])
            for p in document["paths"]] == [(2, 33, "(more)"), (1, 32, "/3")]
    assert document["totals"]["longer"] == 2
    assert document["edges"] == oracle_paths.edges(found, 20)
    assert max(e["step"] for e in document["edges"]) == 32


# The table of docs/SEMANTICS.md, "Funnel": window 60 s.
@pytest.mark.parametrize("stream, steps, count, time", [
    ([("a", 0), ("a", 50), ("b", 70)], "ab", [1, 1], 20_000),
    ([("a", 0), ("a", 50), ("b", 55)], "ab", [1, 1], 55_000),
    ([("b", 10), ("a", 10)], "ab", [1, 0], None),
    ([("a", 10), ("b", 10)], "ab", [1, 1], 0),
    ([("b", 10), ("a", 11)], "ab", [1, 0], None),
    ([("a", 0)], "aa", [1, 0], None),
    ([("a", 0), ("a", 60)], "aa", [1, 1], 60_000),
    ([("a", 0), ("b", 60)], "ab", [1, 1], 60_000),
    ([("a", 0), ("b", 61)], "ab", [1, 0], None),
])
def test_table_of_the_manual(run, stream, steps, count, time):
    rows = [{"time": T0 + 1000 * t, "visitor": 1, "touchpoint": name}
            for name, t in stream]
    document = run([(1, 0, 0, rows)])(
        "funnel", "--window", "60s", "--steps", " > ".join(steps))
    assert [s["count"] for s in document["steps"]] == count
    assert document["steps"][1]["time_ms"]["p50"] == time
