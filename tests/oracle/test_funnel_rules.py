"""journey funnel against oracle_chains.py and oracle_compat.py: every order,
ties, count, exclusion and optional step, and each --compat, each in one run
over one log of random visitors.

Alphabets, times and windows are tiny, so that ties, timeouts, repeats and
re-entries are the rule.  A breakdown by a field that few visitors share shows
who is counted wrongly.  JNY_EXAMPLES=10 (make oracle) takes 10^5 visitors.
"""

import itertools
import json
import os
import random
import subprocess

import pytest

import jnywrite
import oracle_chains
import oracle_compat
import oracle_funnel
from oracle_chains import Rules, Step

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
FEW = 500
VISITORS = 100_000 if int(os.environ.get("JNY_EXAMPLES", "1")) > 1 else FEW

T0 = 1_700_000_000_000
WINDOW, GAP = 40, 20
GROUP = 25          # visitors that share a group
BLOCK = 40          # groups in a block

STEPS = {
    "plain": "a > b > c",
    "overlap": "a|b > b > a within 20ms",
    "optional": "a > ?b > c > ?b|d within 10ms",
    "exclusion": "a > !c > b > !d > c",
    "all": "a > ?b > !d > a|c > ?d > !e > ?a > b within 20ms",
}


def parsed(text):
    """[(selector, names, Step)]"""
    steps = []
    for part in text.split(" > "):
        word, _, within = part.partition(" within ")
        kind = word[0] if word[0] in "?!" else ""
        names = word.lstrip("?!")
        steps.append((names, set(names.split("|")),
                      Step(kind, int(within.rstrip("ms") or 0))))
    return steps


def written(steps):
    return " > ".join(
        f"{step.kind}touchpoint={names}"
        + (f" within {step.within}ms" if step.within else "")
        for names, _, step in steps)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """(path, {visitor: [(time, name, session)]}), in order; also 100 times as
    slow."""
    rng, people, blocks, rows = random.Random(20), {}, [], []
    for visitor in range(1, VISITORS + 1):
        mine = [{"time": T0 + 10 * rng.randint(0, 6), "visitor": visitor,
                 "touchpoint": rng.choice("abcde"),
                 "x_group": str(visitor // GROUP)}
                for _ in range(rng.choice([1, 2, 2, 3, 3, 4, 5, 7]))]
        rows += mine
        events, session, before = [], 0, None
        for row in sorted(mine, key=lambda r: r["time"]):
            if before is not None and row["time"] - before > GAP:
                session += 1
            before = row["time"]
            events.append((row["time"] - T0, row["touchpoint"], session))
        people[visitor] = events
        if visitor % (GROUP * BLOCK) == 0 or visitor == VISITORS:
            blocks.append(rows)
            rows = []

    folder = tmp_path_factory.mktemp("rules")
    return {slower: (written_log(str(folder / f"{slower}.jny"), blocks,
                                 slower),
                     {v: [(t * slower, *rest) for t, *rest in mine]
                      for v, mine in people.items()})
            for slower in (1, 100)}


def written_log(path, blocks, slower):
    base, members = 0, []
    for seq, rows in enumerate(blocks):
        members.append(jnywrite.block(
            [dict(row, time=T0 + (row["time"] - T0) * slower)
             for row in rows], [], 1, seq, base))
        base += len(rows)
    jnywrite.write(path, members)
    return path


def run(path, slower, *words):
    """Of few visitors also without groups: events travel another way then."""
    def document(*more):
        done = subprocess.run(
            [JOURNEY, "funnel", *words, "--format", "json", "--tz", "UTC",
             "--window", f"{WINDOW * slower}ms",
             "--session-gap", f"{GAP * slower}ms", *more, path],
            capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    grouped = document("--by", "x_group", "--top", "100000")
    if VISITORS <= FEW:
        alone = document()
        assert alone["steps"] == grouped["steps"]
        assert alone.get("exclusions") == grouped.get("exclusions")
    return grouped


def entries_of(people, steps, result):
    """(visitor, {row: event's time}) of all results, and what ended how
    many.  result: of a visitor's events, as tuples, (results, ended)."""
    rows = [s for s, (_, _, step) in enumerate(steps) if step.kind != "!"]
    bits = {name: sum((name in names) << s
                      for s, (_, names, _) in enumerate(steps))
            for name in "abcde"}
    found, endings = [], {}
    for visitor, events in people.items():
        mine, ended = result(tuple((t, bits[name], session)
                                   for t, name, session in events))
        for s in ended:
            endings[s] = endings.get(s, 0) + 1
        found += [(visitor, {rows.index(s): events[i][0]
                             for s, i in r["filled"].items()}) for r in mine]
    return found, endings


def same_figures(document, found, steps, timed, over):
    """Counts, times (timed: of "?" too; None: none) and of few intervals of
    all; counts of each group."""
    over = [e for e in found if over(e[1][0])]
    rated = over or found
    kinds = [step.kind for _, _, step in steps if step.kind != "!"]
    for row, step in enumerate(document["steps"]):
        before = max((r for r in range(row) if not kinds[r]), default=None)
        here = [e for e in found if row in e[1]]
        assert step["count"] == len(here), (row, step)
        assert step.get("optional", False) == (kinds[row] == "?")
        assert timed is None \
            or step["mature"] == sum(row in at for _, at in over), (row, step)
        if before is None:
            continue
        base = [e for e in found if before in e[1]]
        assert step["dropped"] == (0 if kinds[row] else len(base) - len(here))
        times = [max(e[1][row] - e[1][before], 0) for e in here] \
            if timed or not kinds[row] else []
        assert timed is None or step["time_ms"] == {
            "n": len(times),
            "p50": oracle_funnel.quantile(times, 0.5) if times else None,
            "p90": oracle_funnel.quantile(times, 0.9) if times else None,
            "mean": sum(times) // len(times) if times else None,
            "histogram": oracle_funnel.histogram(times)}, (row, step)
        if VISITORS > FEW or timed is None:
            continue
        wanted = oracle_funnel.interval(
            [{"visitor": v, "reach": 2 if row in at else 1}
             for v, at in rated if before in at], 1)
        assert all(a == b if a is None or b is None else abs(a - b) < 2e-6
                   for a, b in zip(step["interval"], wanted)), (row, step)

    counts = {}
    for visitor, at in found:
        mine = counts.setdefault(str(visitor // GROUP), [0] * len(kinds))
        for row in at:
            mine[row] += 1
    assert {g["key"]["x_group"]: [s["count"] for s in g["steps"]]
            for g in document["groups"]} == counts


CHOICES = [(name, order, ties, count, exclude)
           for name, order, ties, count, exclude in itertools.product(
               STEPS, ["ordered", "strict", "any"], ["order", "step"],
               ["visitors", "entries", "sessions"], ["chain", "visitor"])
           if exclude == "chain" or "!" in STEPS[name]]

# The oracle is slow: of many visitors not every list of steps is asked.
if VISITORS > FEW:
    CHOICES = [c for c in CHOICES if c[0] != "overlap"]


def compared(document, people, steps, result, timed):
    found, endings = entries_of(people, steps, result)
    assert [e["count"] for e in document.get("exclusions", [])] \
        == [endings.get(s, 0) for s, (_, _, step) in enumerate(steps)
            if step.kind == "!"]
    last = max(t for events in people.values() for t, _, _ in events)
    window = document["definitions"]["window_ms"]
    same_figures(document, found, steps, timed,
                 lambda start: start + window <= last)


@pytest.mark.parametrize("name, order, ties, count, exclude", CHOICES)
def test_rules_equal_oracle(log, name, order, ties, count, exclude):
    path, people = log[1]
    steps = parsed(STEPS[name])
    if order == "any":
        steps = [(names, words, Step(step.kind, 0))
                 for names, words, step in steps]
    rules = Rules(tuple(step for _, _, step in steps), WINDOW, order, ties,
                  count, exclude)

    document = run(path, 1, "--steps", written(steps), "--order", order,
                   "--ties", ties, "--count", count, "--exclude", exclude,
                   "--threads", "2")
    compared(document, people, steps,
             lambda events: oracle_chains.results(events, rules),
             order != "any")


MODES = [()] + [
    modes for n in range(1, 6) for modes in itertools.combinations(
        ["strict_deduplication", "strict_order", "strict_increase",
         "strict_once", "allow_reentry"], n)
    if "allow_reentry" not in modes or "strict_order" in modes]

PLAIN = ["a > b > c", "a|b > b > a|d", "a > a", "a > b|c > b|a > c|b", "b"]
OPTIONAL = ["a > ?b > c > ?b|d", "a > ?b > ?a|c > b"]
EXCLUDING = ["a > !c > b > !d > c", "a|b > !b > a|c", "a > !b > c > !b|a > d"]
BOTH = ["a > ?b > !d > c|b > ?d", "a > !c > ?b > a > !d > ?c > b"]

VENDORS = [("clickhouse", modes, "ordered", steps)
           for modes in MODES for steps in PLAIN] \
    + [("umami", (), "ordered", steps) for steps in PLAIN] \
    + [("mixpanel", (), "ordered", steps) for steps in PLAIN + EXCLUDING] \
    + [("posthog", (), order, steps) for order in ("ordered", "strict")
       for steps in PLAIN + OPTIONAL + EXCLUDING + BOTH] \
    + [("posthog", (), "any", steps) for steps in PLAIN + EXCLUDING]


if VISITORS > FEW:
    VENDORS = [v for v in VENDORS
               if v[3] in (PLAIN[3], OPTIONAL[0], EXCLUDING[1], BOTH[1])]


@pytest.mark.parametrize("vendor, modes, order, text", VENDORS)
def test_compat_equals_oracle(log, vendor, modes, order, text):
    slower = 100 if vendor == "mixpanel" else 1
    path, people = log[slower]
    steps = parsed(text)
    kinds = tuple(step for _, _, step in steps)

    document = run(path, slower, "--steps", written(steps), "--order", order,
                   "--compat", vendor + ":" * bool(modes) + ",".join(modes))
    compared(document, people, steps, lambda events: oracle_compat.found(
        events, kinds, WINDOW * slower, vendor, modes, order),
        None if "strict_once" in modes else True)
