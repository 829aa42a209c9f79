"""journey funnel against oracle_chains.py: every order, ties, count,
exclusion and optional step, each in one run over one log of random visitors.

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
    """(path, {visitor: [(time, name, session)]}), in order."""
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

    path = str(tmp_path_factory.mktemp("rules") / "random.jny")
    base, members = 0, []
    for seq, rows in enumerate(blocks):
        members.append(jnywrite.block(rows, [], 1, seq, base))
        base += len(rows)
    jnywrite.write(path, members)
    return path, people


def run(path, *words):
    done = subprocess.run(
        [JOURNEY, "funnel", *words, "--format", "json", "--tz", "UTC",
         "--window", f"{WINDOW}ms", "--session-gap", f"{GAP}ms",
         "--by", "x_group", "--top", "100000", path], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


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


def same_figures(document, found, steps, timed, last):
    """Counts, times and (of few) intervals of all; counts of each group."""
    over = [e for e in found if min(e[1].values()) + WINDOW <= last]
    rated = over or found
    kinds = [step.kind for _, _, step in steps if step.kind != "!"]
    for row, step in enumerate(document["steps"]):
        before = max((r for r in range(row) if not kinds[r]), default=None)
        here = [e for e in found if row in e[1]]
        assert step["count"] == len(here), (row, step)
        assert step.get("optional", False) == (kinds[row] == "?")
        assert step["mature"] == sum(row in at for _, at in over), (row, step)
        if before is None:
            continue
        base = [e for e in found if before in e[1]]
        assert step["dropped"] == (0 if kinds[row] else len(base) - len(here))
        times = [max(e[1][row] - e[1][before], 0) for e in here] \
            if timed or not kinds[row] else []
        assert step["time_ms"] == {
            "n": len(times),
            "p50": oracle_funnel.quantile(times, 0.5) if times else None,
            "p90": oracle_funnel.quantile(times, 0.9) if times else None,
            "mean": sum(times) // len(times) if times else None}, (row, step)
        if VISITORS > FEW:
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


@pytest.mark.parametrize("name, order, ties, count, exclude", CHOICES)
def test_rules_equal_oracle(log, name, order, ties, count, exclude):
    path, people = log
    steps = parsed(STEPS[name])
    if order == "any":
        steps = [(names, words, Step(step.kind, 0))
                 for names, words, step in steps]
    rules = Rules(tuple(step for _, _, step in steps), WINDOW, order, ties,
                  count, exclude)

    document = run(path, "--steps", written(steps), "--order", order,
                   "--ties", ties, "--count", count, "--exclude", exclude,
                   "--threads", "2")
    found, endings = entries_of(
        people, steps, lambda events: oracle_chains.results(events, rules))

    assert [e["count"] for e in document.get("exclusions", [])] \
        == [endings.get(s, 0) for s, (_, _, step) in enumerate(steps)
            if step.kind == "!"]
    last = max(t for events in people.values() for t, _, _ in events)
    same_figures(document, found, steps, order != "any", last)
