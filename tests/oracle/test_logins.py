"""Logins join visitors: the same log with persons in their place, by Python.

Of a random log a second one is made in which each event's visitor is the
person it belongs to (docs/SEMANTICS.md, "Logins") and nobody logs in; every
answer about the two must be the same.
"""

import json
import os
import random
import subprocess

import pytest

import jnywrite

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
EXAMPLES = 12 * int(os.environ.get("JNY_EXAMPLES", "1"))

STAGES = ["awareness", "cart", "purchase"]
T0 = 1_700_000_000_000
COOKIE_RETURNED = 0x0002
LOGINS = [1 << 63, *range(1, 12)]
COMMANDS = [
    ["funnel"],
    ["funnel", "--by", "campaign"],
    ["funnel", "--steps", "a > b > purchase", "--window", "60s"],
    ["funnel", "--steps", "touchpoint=nowhere > b"],
    ["funnel", "--start", "2023-11-14T22:13:25Z", "--tz", "UTC"],
    ["funnel", "--where", "touchpoint=a|b", "--visitors", "stage=cart"],
    ["paths"],
    ["paths", "--whole-journey", "--visitors", "campaign=spring"],
    ["paths", "--start", "2023-11-14T22:13:25Z", "--tz", "UTC"],
]


def random_rows(rng):
    rows = []
    for visitor in range(rng.randint(2, 60)):
        logs_in = rng.random() < 0.6
        for _ in range(rng.randint(1, 12)):
            stage = rng.choice(STAGES + [""])
            row = {"time": T0 + rng.randint(0, 15) * 1000, "visitor": visitor,
                   "stage": stage, "status": rng.choice([200, 200, 404]),
                   "touchpoint": rng.choice("abc"),
                   "flags": rng.choice([0] * 9 + [COOKIE_RETURNED]),
                   "login": rng.choice([0] * 8 + LOGINS)
                   if logs_in else 0}
            if rng.random() < 0.2:
                row.update(source="google", campaign="spring")
            if stage == "purchase" and rng.random() < 0.8:
                row["time"] += len(rows) % 1000     # no order has ties
                number = rng.randint(1, 20)
                row.update(order=f"o{number}", currency="EUR",
                           value=rng.choice([5, 0, -3]) * 10000 * number)
            rows.append(row)
    rng.shuffle(rows)
    return rows


def write(path, blocks):
    jnywrite.write(path, [jnywrite.block(rows, STAGES, *place)
                          for place, rows in blocks])


def cut(rng, rows):
    """Blocks of two writers, in the order that (writer, seq) says."""
    blocks, seen = [], {}
    while rows:
        n = rng.randint(1, 40)
        writer = rng.choice([1, 2])
        seq, base = seen.get(writer, (0, 0))
        blocks.append(((writer, seq, base), rows[:n]))
        seen[writer] = seq + 1, base + len(rows[:n])
        rows = rows[n:]
    return sorted(blocks, key=lambda b: b[0])


def with_persons(blocks):
    """The blocks again; how many visitors joined; how many persons."""
    events = [(row["time"], place, i, row) for place, rows in blocks
              for i, row in enumerate(rows)]
    events.sort(key=lambda e: (e[0], e[3]["visitor"], *e[1:3]))
    person_of, joined = {}, set()
    for visitor in {e[3]["visitor"] for e in events}:
        own = [e for e in events if e[3]["visitor"] == visitor]
        logins = [e[3]["login"] for e in own]
        if not any(logins):
            continue
        now = next(login for login in logins if login) if visitor else 0
        for e in own:
            now = e[3]["login"] or (now if visitor else 0)
            if now:
                person_of[e[1], e[2]] = 1000 + (now % 1000)
                joined.add(visitor or (0, now))
    # In the order of events, for persons' visitors are not there any more.
    rows = [dict(row, login=0,
                 visitor=person_of.get((place, i), row["visitor"]))
            for _, place, i, row in events]
    after = [(place, [rows.pop(0) for _ in own]) for place, own in blocks]
    return after, len(joined), len(set(person_of.values()))


def answer(command, log, *more):
    # All events are within seconds: persons of so many visitors look like bots.
    done = subprocess.run([JOURNEY, *command, "--format", "json",
                           "--bot-rules", "list", *more, log],
                          check=True, capture_output=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_persons(tmp_path, seed):
    rng = random.Random(seed)
    blocks = cut(rng, random_rows(rng))
    after, joined, persons = with_persons(blocks)
    logins, plain = str(tmp_path / "logins.jny"), str(tmp_path / "plain.jny")
    write(logins, blocks)
    write(plain, after)

    for command in COMMANDS:
        threads = str(rng.choice([1, 2, 3]))
        ours = answer(command, logins, "--threads", threads)
        want = answer(command, plain)
        merged = ours["input"].pop("merged_visitors")
        assert want["input"].pop("merged_visitors") == 0
        assert want["input"].pop("persons") == 0
        own = ours["input"].pop("persons")
        if command == ["funnel"]:
            assert (merged, own) == (joined, persons)
        assert ours == want, command


def test_no_merge(tmp_path):
    rng = random.Random(1)
    blocks = cut(rng, random_rows(rng))
    log, bare = str(tmp_path / "logins.jny"), str(tmp_path / "bare.jny")
    write(log, blocks)
    write(bare, [(place, [dict(row, login=0) for row in rows])
                 for place, rows in blocks])

    for command in COMMANDS:
        assert answer(command, log, "--no-merge") == answer(command, bare)
        assert answer(command, log) != answer(command, bare)
