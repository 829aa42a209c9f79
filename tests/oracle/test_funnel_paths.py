"""journey funnel and paths against their oracles, on random journeys.

Alphabets and times are tiny, so that ties, timeouts, repeats and re-entries
are the rule; many visitors share a log, so that an example is one run of each
command.  JNY_EXAMPLES multiplies the number of examples.
"""

import datetime
import json
import os
import random
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
EXAMPLES = 25 * int(os.environ.get("JNY_EXAMPLES", "1"))

COMMANDS = 6    # on each log

STAGES = ["awareness", "cart", "purchase"]
TOUCHPOINTS = ["a", "b", "c"]
T0 = 1_700_000_000_000
TOP = 1000

TUPLES = [{}, {}, {},
          {"source": "google", "medium": "cpc", "campaign": "spring"},
          {"source": "list", "medium": "email", "campaign": "march"},
          {"source": "partner", "medium": "referral"}]

def money_of(rng):
    """Few orders for many events, so that most are reloads or refunds."""
    number = rng.randint(1, 30)
    sale = {"value": 12500 * number, "currency": "EUR" if number % 3 else
            "USD", "order": f"o{number}"}
    return rng.choice([
        sale, sale, {}, {}, {"value": 5, "currency": "EUR"},
        dict(sale, value=0), dict(sale, value=-10000 * number)])


def event(rng, visitor):
    stage = rng.choice(STAGES + ["", "elsewhere"])
    row = {"time": T0 + rng.randint(0, 12) * 10,
           "visitor": visitor,
           "stage": stage,
           "touchpoint": rng.choice(TOUCHPOINTS + [""]),
           "page": rng.choice(["/x", "/y", ""]),
           "status": rng.choice([200, 200, 200, 404]),
           "x_team": rng.choice(["red", "blue", ""]),
           "x_role": rng.choice(["r", "blue", ""]),
           **rng.choice(TUPLES)}
    if stage == "purchase":
        row.update(money_of(rng))
    return row


@st.composite
def logs(draw):
    """
    A list of blocks: (writer, seq, base, rows).  Hypothesis chooses sizes and
    a seed, not events: it would spend its examples on logs of few, equal
    ones.  A visitor's events do not depend on how many others there are.
    """
    seed, most = draw(st.integers(0, 1 << 32)), draw(st.integers(2, 12))
    rows = []
    for visitor in range(draw(st.integers(1, 40)) + 1):
        rng = random.Random(f"{seed} {visitor}")
        rows += [event(rng, visitor) for _ in range(rng.randint(1, most))]
    rng.shuffle(rows)

    blocks, seen = [], {}
    cuts = sorted(rng.randint(0, len(rows)) for _ in range(3))
    for a, b in zip([0] + cuts, cuts + [len(rows)]):
        if a == b:
            continue
        writer = rng.choice([7, 5])
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
                [JOURNEY, *words, "--format", "json", path,
                 *([] if "--tz" in words else ["--tz", "UTC"])],
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
        for key in ("step", "count", "dropped", "time_ms", "still_open",
                    "mature"):
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


KEYS = {"campaign": campaign,
        "source": lambda e: e["carried"][0] or "(none)",
        "touchpoint": lambda e: oracle_paths.name(e) or "(none)",
        "page": lambda e: e.get("page") or "(none)",
        "stage": stage_key,
        "currency": lambda e: e.get("currency") or "(none)",
        "x_team": lambda e: e.get("x_team") or "(none)",
        "x_role": lambda e: e.get("x_role") or "(none)"}


def key_of(by):
    return by and (lambda e: tuple(KEYS[field](e) for field in by.split(",")))


def by_choice(rng, blocks):
    """Fields together; a custom one that no log has is refused."""
    fields = [f for f in KEYS if not f.startswith("x_")
              or any(row[f] for *_, rows in blocks for row in rows)]
    rng.shuffle(fields)
    return [",".join(fields[:n]) for n in (1, 2, rng.randint(3, 4))]


def funnel_choice(rng, blocks):
    return {
        "steps": rng.choice([None, rng.choices(["a", "b", "c", "a|b"],
                                               k=rng.randint(1, 4))]),
        "open": rng.random() < 0.3,
        "window": rng.choice([1, 10, 30, 60, 1000]),
        "gap": rng.choice([5, 20, 1000]),
        "by": rng.choice([None, None, *by_choice(rng, blocks)]),
        "credit": rng.choice(["first", "last", "all", "step:1", "step:2"]),
        "where": rng.choice(["", "", "b"]),
        "threads": rng.randint(1, 3),
    }


def anchors_choice(rng):
    """--starting and the like, as words and as functions of an event."""
    kind = rng.choice(["", "starting", "ending", "both", "around", "around"])
    names = ["starting", "ending"] if kind == "both" else [kind] * (kind != "")
    words, selectors = [], {}
    for each in names:
        field = rng.choice(["touchpoint", "page"])
        value = rng.choice(["a", "b", "a|c"] if field == "touchpoint"
                           else ["/x", "/y"])
        words += [f"--{each}", f"{field}={value}"]
        selectors[each] = touchpoint_is(value) if field == "touchpoint" \
            else lambda e, value=value: e.get("page") == value
    if kind == "around" and rng.random() < 0.8:
        span = rng.randint(0, 3), rng.randint(0, 3)
        words += ["--span", "-%d..+%d" % span]
        selectors["span"] = span
    return words, selectors


def paths_choice(rng):
    return {
        "anchors": anchors_choice(rng),
        "whole": rng.random() < 0.3,
        "keep": rng.random() < 0.3,
        "gap": rng.choice([5, 20, 1000]),
        "top": rng.choice([1, 3, TOP]),
        "where": rng.choice(["", "b"]),
        "threads": rng.randint(1, 3),
    }


def touchpoint_is(words):
    return lambda e: oracle_paths.name(e) in words.split("|")


def stage_is(stage):
    return lambda e: oracle_journeys.stage_of(e) == stage and not e["refund"]


@random_examples
@given(blocks=logs(), seed=st.integers(0, 1 << 32))
def test_funnel_equals_oracle(run, blocks, seed):
    rng = random.Random(seed)
    command = run(blocks)
    for _ in range(COMMANDS):
        funnel_equals_oracle(command, blocks, funnel_choice(rng, blocks))


def funnel_equals_oracle(run, blocks, choice):
    given_steps = choice["steps"]
    window = choice["window"]
    key = key_of(choice["by"])
    if choice["credit"] == "step:2" and given_steps and len(given_steps) < 2:
        choice["credit"] = "last"
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
        words += ["--by", choice["by"], "--credit", choice["credit"]]
    if choice["where"]:
        words += ["--where", f"touchpoint!={choice['where']}"]

    document = run(*words)
    entries = oracle_funnel.entries(people, steps, window, choice["open"],
                                    key)
    windowed = not choice["open"] or key is not None

    over = oracle_funnel.mature(entries, window, last, windowed)

    def wanted(mine):
        return oracle_funnel.count(mine, len(steps), window, last, windowed,
                                   not over)

    same_steps(document["steps"], wanted(entries), names, choice["open"], key)

    if key is None:
        assert "groups" not in document
        return

    by_key = {}
    for e in entries:
        for k in oracle_funnel.credited(
                e, choice["credit"], key,
                ("(not reached)",) * len(choice["by"].split(","))):
            by_key.setdefault(k, []).append(e)
    order = sorted(by_key, key=lambda k: (-len(by_key[k]),
                                          [part.encode() for part in k]))
    assert [g["key"] for g in document["groups"]] \
        == [dict(zip(choice["by"].split(","), k)) for k in order]
    for group, k in zip(document["groups"], order):
        same_steps(group["steps"], wanted(by_key[k]), names, choice["open"],
                   key)


def selections():
    """(options, keeps the visitor, keeps the event) for totals of money."""
    def anything(_):
        return True

    def is_a(e):
        return oracle_paths.name(e) == "a"

    yield [], None, anything
    yield ["--where", "touchpoint=a"], None, is_a
    yield ["--visitors", "touchpoint=a"], is_a, anything
    yield ["--visitors", "touchpoint=a", "--where", "touchpoint!=a"], is_a, \
        lambda e: not is_a(e)
    for label in ("spring", "partner", "(direct)"):
        def same(e, label=label):
            return campaign(e) == label
        yield ["--where", f"campaign={label}"], None, same
        yield ["--visitors", f"campaign={label}"], same, anything
    yield ["--where", "source=(none)"], None, lambda e: not e["carried"][0]


def money_oracle(blocks, keeps, counts, carried):
    rows = [dict(row, writer=writer, seq=seq, row=i)
            for writer, seq, _, rows in blocks for i, row in enumerate(rows)]
    oracle_journeys.mark_orders(rows)
    kept = [e for mine in journeys_of(blocks, 1000).values()
            if keeps is None or any(map(keeps, mine))
            for e in mine if counts(e)]
    if keeps is None and not carried:
        kept += [e for e in rows if not e["visitor"] and counts(e)]

    found = {}
    for e in kept:
        if e["sale"] or e["refund"] or e["repeat"]:
            m = found.setdefault(e["currency"], [0, 0])
            m[0] += e["sale"]
            m[1] += e["value"] * e["sale"]
    return {c: m for c, m in found.items() if m[0]}


@random_examples
@given(blocks=logs())
def test_money_is_that_of_the_selection(run, blocks):
    command = run(blocks)
    for words, keeps, counts in selections():
        carried = any("campaign=" in w or "source=" in w for w in words)
        wanted = money_oracle(blocks, keeps, counts, carried)
        for name in ("funnel", "report"):
            document = command(name, "--session-gap", "1000ms", *words)
            assert {m["currency"]: [m["orders"] + m["orders_without_id"],
                                    round(m["gross"] * 10000)]
                    for m in document["money"]
                    if m["orders"] + m["orders_without_id"]} \
                == wanted, (name, words)


def in_time(blocks):
    """The same with each order's refunds behind its sale, as a shop's are."""
    rows = sorted((r for b in blocks for r in b[3] if r.get("order")),
                  key=lambda r: r["time"])
    for order in {r["order"] for r in rows}:
        mine = [r for r in rows if r["order"] == order]
        kinds = sorted(((r["value"], r["currency"]) for r in mine),
                       key=lambda kind: kind[0] <= 0)
        for row, (value, currency) in zip(mine, kinds):
            row.update(value=value, currency=currency, status=200)
        for tie in range(1, len(mine)):
            mine[tie]["time"] = max(mine[tie]["time"],
                                    mine[tie - 1]["time"] + 1)
    return blocks


def sums_of(document):
    return {(m["currency"], key): round(m[key] * (10000 if key in (
        "gross", "refunds", "net") else 1))
            for m in document["money"]
            for key in ("gross", "refunds", "net", "orders", "repeats",
                        "orders_without_id", "outside_journeys")}


def added(*sums):
    keys = set().union(*sums)
    return {k: v for k in keys if (v := sum(s.get(k, 0) for s in sums))}


@random_examples
@given(blocks=logs(), cut=st.integers(0, 130))
def test_money_before_and_after_adds_up(run, blocks, cut):
    moment = datetime.datetime.fromtimestamp(T0 // 1000,
                                             datetime.timezone.utc)
    # Times are read to the second: the tens of ms are stretched to seconds.
    stretched = [(writer, seq, base,
                  [dict(r, time=T0 + (r["time"] - T0) * 1000) for r in rows])
                 for writer, seq, base, rows in in_time(blocks)]
    command = run(stretched)
    at = (moment + datetime.timedelta(seconds=cut)).strftime(
        "%Y-%m-%dT%H:%M:%SZ")
    for words in ([], ["--by", "campaign"], ["--where", "campaign=spring"],
                  ["--where", "touchpoint=a"]):
        whole = command("funnel", *words)
        before = command("funnel", "--end", at, *words)
        after = command("funnel", "--start", at, *words)
        assert added(sums_of(before), sums_of(after)) \
            == added(sums_of(whole)), (words, at)
        for key in ("events", "counted_events", "unknown_visitor_events"):
            assert before["input"][key] + after["input"][key] \
                == whole["input"][key], key


@random_examples
@given(blocks=logs())
def test_printed_labels_can_be_selected(run, blocks):
    """What --by prints finds itself, and nothing else, with --where."""
    command = run(blocks)
    for by in ("campaign", "source", "touchpoint", "page", "stage"):
        groups = command("funnel", "--by", by)["groups"]
        for group in groups:
            label, = group["key"].values()
            document = command("funnel", "--where", f"{by}={label}", "--by",
                               by)
            assert [g["key"][by] for g in document["groups"]] == [label]


@random_examples
@given(blocks=logs(), seed=st.integers(0, 1 << 32))
def test_paths_equal_oracle(run, blocks, seed):
    rng = random.Random(seed)
    command = run(blocks)
    for _ in range(COMMANDS):
        paths_equal_oracle(command, blocks, **paths_choice(rng))


def paths_equal_oracle(run, blocks, anchors, whole, keep, gap, top, where,
                       threads):
    people = journeys_of(blocks, gap)
    found, left_out = oracle_paths.taken(
        people, lambda e: oracle_paths.name(e) != where or not where,
        whole, keep, **anchors[1])

    words = ["paths", "--session-gap", f"{gap}ms", "--top", str(top),
             "--threads", str(threads), *anchors[0]]
    words += ["--whole-journey"] * whole + ["--keep-repeats"] * keep
    if where:
        words += ["--where", f"touchpoint!={where}"]
    document = run(*words)

    def as_sums(d):
        return {"count": d["count"], "visitors": d.get("visitors"),
                "converted": d["converted"], "value": money(d["value"])}

    wanted, other = oracle_paths.paths(found, top)
    assert [p["path"] for p in document["paths"]] \
        == [w["path"] for w in wanted]
    assert [dict(as_sums(p), path=p["path"], anchor=p.get("anchor"))
            for p in document["paths"]] == wanted
    assert as_sums(document["other"]) == dict(other, visitors=None)
    assert as_sums(document["totals"]) == oracle_paths.sums(found)
    assert document["totals"]["distinct"] == len({p.key() for p in found})
    assert document["totals"]["left_out"] == left_out
    assert document["edges"] == oracle_paths.edges(found, top)
    loops, returns = oracle_paths.loops(found, top)
    assert document["loops"] == loops
    assert document["returns"] == returns


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_long_paths_are_cut(run, threads):
    """A client that wanders for ever: its first 32 touchpoints count."""
    rows = [{"time": T0 + i, "visitor": v, "page": f"/{i % 7}"}
            for v in range(1, 31) for i in range((500, 32, 33)[v % 3])]
    document = run([(1, 0, 0, rows)])("paths", "--bot-rules", "list",
                                      "--threads", str(threads))
    people = journeys_of([(1, 0, 0, rows)], 1_800_000)
    found, _ = oracle_paths.taken(people, lambda e: True)

    assert [(p["count"], len(p["path"]), p["path"][-1])
            for p in document["paths"]] == [(20, 33, "(more)"), (10, 32, "/3")]
    assert document["totals"]["longer"] == 20
    assert document["edges"] == oracle_paths.edges(found, 20)
    assert max(e["step"] for e in document["edges"]) == 32

    document = run([(1, 0, 0, rows)])("paths", "--bot-rules", "list",
                                      "--threads", str(threads),
                                      "--ending", "/3")
    found, _ = oracle_paths.taken(
        people, lambda e: True, ending=lambda e: e["page"] == "/3")
    assert document["edges"] == oracle_paths.edges(found, 20)
    assert {p["path"][0] for p in document["paths"]} == {"(more)", "/0"}
    assert document["totals"]["longer"] == 10


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
