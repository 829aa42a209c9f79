"""Bots by what they do, beside a slow and obvious judgement of each visitor."""

import json
import os
import random
import subprocess

import pytest

import jnywrite

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
EXAMPLES = int(os.environ.get("JNY_EXAMPLES", "1"))

VIEWS, SPAN_MS = 60, 60000
RETURNED, BEACON = 0x0002, 0x0020
DAY_MS = 86400000
BOT = "Googlebot/2.1"
PERSON = ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
          "Firefox/128.0")


def visitor(rng, number):
    """Rows of one: mostly people, now and then close to a limit."""
    start = rng.randrange(4 * DAY_MS)
    kind = rng.choice(["few", "few", "edge", "edge", "beacons", "slow"])
    n = {"few": rng.randint(1, 6), "edge": rng.randint(58, 64),
         "beacons": 90, "slow": 200}[kind]
    span = {"few": 10 ** 6, "slow": 10 ** 7}.get(kind, rng.choice(
        [SPAN_MS - 2, SPAN_MS - 1, SPAN_MS, SPAN_MS + 1, 20000]))
    times = sorted([0, span] + [rng.randint(0, span) for _ in range(n - 2)])
    rows = [{"time": start + t, "visitor": number,
             "stage": rng.choice(["", "a", "b"]), "page": "/p",
             "agent": BOT if number % 11 == 0 else PERSON,
             "flags": BEACON if kind == "beacons" and rng.random() < .5 else 0}
            for t in times[:n]]
    for row in rows:
        row["flags"] |= RETURNED if rng.random() < .1 else 0
    if rng.random() < .1:
        rng.choice(rows)["page"] = "/robots.txt"
    elif rng.random() < .1:
        rng.choice(rows)["page"] = "/robots.txt.html"
    return rows


def judge(rows, start):
    """(reason or None, confirmed, counted) of one visitor's rows."""
    counted = [r for r in rows if r["time"] >= start]
    views = [r["time"] for r in counted if not r["flags"] & BEACON]
    fast = any(sum(t <= u < t + SPAN_MS for u in views) > VIEWS for t in views)
    reason = ("user_agent" if rows[0]["agent"] == BOT
              else "robots_txt" if any(r["page"] == "/robots.txt" for r in rows)
              else "rate" if fast else None)
    return reason, any(r["flags"] & RETURNED for r in rows), counted


@pytest.mark.parametrize("command", ["funnel", "paths"])
@pytest.mark.parametrize("rules", ["list", "all"])
@pytest.mark.parametrize("start", [0, 2 * DAY_MS])
def test_reasons(tmp_path, command, rules, start):
    for seed in range(3 * EXAMPLES):
        rng = random.Random(seed)
        visitors = [visitor(rng, n + 1) for n in range(300)]
        rows = sorted((r for v in visitors for r in v),
                      key=lambda r: r["time"])
        log = str(tmp_path / f"{seed}.jny")
        jnywrite.write(log, [
            jnywrite.block(rows[i:i + 1000], ["a", "b"], seq=n, base=i)
            for n, i in enumerate(range(0, len(rows), 1000))])

        expected = {name: {"events": 0, "visitors": 0} for name in
                    ("user_agent", "size", "robots_txt", "rate")}
        people = confirmed = events = 0
        for v in visitors:
            reason, returned, counted = judge(v, start)
            if not counted:
                continue
            if reason and (rules == "all" or reason == "user_agent"):
                expected[reason]["visitors"] += 1
                expected[reason]["events"] += len(counted)
            else:
                people += 1
                confirmed += returned
                events += len(counted)

        found = json.loads(subprocess.run(
            [JOURNEY, command, "--bot-rules", rules, "--format", "json",
             "--start", f"1970-01-0{1 + start // DAY_MS}", log],
            check=True, capture_output=True).stdout)
        read = found["input"]
        assert read["bot_reasons"] == expected
        assert read["bots"] == sum(e["events"] for e in expected.values())
        assert read["bot_visitors"] == sum(e["visitors"]
                                           for e in expected.values())
        assert (read["visitors"], read["counted_events"]) == (people, events)
        assert read["confirmed_visitors"] == confirmed
        assert found["definitions"]["bot_rules"] == rules
        if rules == "all":
            assert expected["rate"]["visitors"] > 3
            assert expected["robots_txt"]["visitors"] > 3
