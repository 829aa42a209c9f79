"""journey funnel --every and --cohort against the oracle."""

import random
import zoneinfo

from hypothesis import given, strategies as st

import oracle_funnel
from test_funnel_paths import (STAGES, T0, journeys_of, key_of, logs,
                               random_examples, run, same_steps, stage_is,
                               touchpoint_is)

__all__ = ["run"]       # the fixture

# Of these the clocks change in the weeks behind 2023-10-15, at midnight or
# with it in another way; Apia has no change.
ZONES = ["UTC", "Europe/Berlin", "America/Asuncion", "Pacific/Apia",
         "America/St_Johns", "Australia/Lord_Howe", "Asia/Beirut"]


def choice(rng, blocks):
    """A custom field that no log has is refused."""
    role = any(row["x_role"] for *_, rows in blocks for row in rows)
    return {
        "every": rng.choice(["day", "week", "month"]),
        "zone": rng.choice(ZONES),
        "window": rng.choice([3600, 86400, 8 * 86400, 400 * 86400]) * 1000,
        "steps": rng.choice([None, ["a", "b"], ["b"]]),
        "open": rng.random() < 0.5,
        "by": rng.choice([None, "x_role,touchpoint" if role else "touchpoint",
                          "stage"]),
        "where": rng.choice(["", "b"]),
        "threads": rng.randint(1, 3),
    }


def stretched(blocks, rng):
    """The same over days: 10 ms are as many hours."""
    begin = 1_697_328_000_000 + rng.randint(0, 200) * 86_400_000
    hours = rng.choice([1, 9, 60])
    return [(writer, seq, base,
             [dict(r, time=begin + (r["time"] - T0) // 10 * hours * 3_600_000)
              for r in rows])
            for writer, seq, base, rows in blocks]


def words_of(c, names, is_open):
    words = ["funnel", "--window", f"{c['window']}ms", "--tz", c["zone"],
             "--every", c["every"], "--session-gap", "30m",
             "--threads", str(c["threads"]), "--bots", "include",
             "--entry", "any" if is_open else "first"]
    if c["steps"]:
        words += ["--steps", " > ".join(names)]
    if c["by"]:
        words += ["--by", c["by"]]
    if c["where"]:
        words += ["--where", f"touchpoint!={c['where']}"]
    return words


COHORTS = {"readers": ("page=/x", lambda e: e.get("page") == "/x"),
           "b": ("touchpoint=b", touchpoint_is("b")),
           "spring": ("campaign=spring",
                      lambda e: e["carried"][2] == "spring"),
           "nobody": ("touchpoint=b & touchpoint=a", lambda e: False)}


@random_examples
@given(blocks=logs(), seed=st.integers(0, 1 << 32))
def test_trend_and_cohorts_equal_oracle(run, blocks, seed):
    rng = random.Random(seed)
    blocks = stretched(blocks, rng)
    command = run(blocks)
    for _ in range(4):
        slices_equal_oracle(command, blocks, choice(rng, blocks), rng)


def slices_equal_oracle(command, blocks, c, rng):
    everybody = journeys_of(blocks, 1_800_000)
    last = max((e["time"] for mine in everybody.values() for e in mine),
               default=0)
    people = {v: [e for e in mine
                  if not c["where"] or touchpoint_is("b")(e) is False]
              for v, mine in everybody.items()}
    if c["steps"]:
        names = [f"touchpoint={s}" for s in c["steps"]]
        steps = [touchpoint_is(s) for s in c["steps"]]
    else:
        names, steps = STAGES, [stage_is(s) for s in STAGES]

    entries = oracle_funnel.entries(people, steps, c["window"], c["open"],
                                    key_of(c["by"]))
    windowed = not c["open"] or c["by"] is not None
    over = oracle_funnel.mature(entries, c["window"], last, windowed)

    def same(found, mine):
        same_steps(found, oracle_funnel.count(mine, len(steps), c["window"],
                                              last, windowed, not over),
                   names, c["open"], c["by"])

    cohorts = rng.sample(sorted(COHORTS), rng.randint(0, 4))
    words = words_of(c, names, c["open"])
    for name in cohorts:
        words += ["--cohort", f"{name}={COHORTS[name][0]}"]
    document = command(*words)

    same(document["steps"], entries)
    wanted = oracle_funnel.trend(entries, zoneinfo.ZoneInfo(c["zone"]),
                                 c["every"])
    assert [p["start"] for p in document["trend"]] == [d for d, _ in wanted]
    for period, (_, mine) in zip(document["trend"], wanted):
        same(period["steps"], mine)
        assert period["still_open"] \
            == sum(s["still_open"] for s in period["steps"])

    if not cohorts:
        assert "cohorts" not in document
        return

    members = {name: {v for v, mine in everybody.items()
                      if any(map(COHORTS[name][1], mine))}
               for name in cohorts}
    times = [sum(v in m for m in members.values()) for v in everybody]
    assert document["cohort_overlap"] == {
        "in_several": sum(n > 1 for n in times), "in_none": times.count(0)}
    assert [(x["name"], x["selector"]) for x in document["cohorts"]] \
        == [(name, COHORTS[name][0]) for name in cohorts]
    for found, name in zip(document["cohorts"], cohorts):
        mine = members[name]
        others = set().union(*(m for n, m in members.items() if n != name))
        assert found["visitors"] == len(mine)
        assert found["shared"] == len(mine & others)
        same(found["steps"], [e for e in entries if e["visitor"] in mine])


def test_cohorts_ask_the_events_of_the_period(run):
    """What lies in the lookback makes nobody a member."""
    rows = [{"time": T0 + 1000 * t, "visitor": v, "touchpoint": name}
            for v, t, name in [(1, 0, "a"), (1, 100, "b"), (2, 100, "a"),
                               (2, 101, "b"), (3, 0, "a")]]
    document = run([(1, 0, 0, rows)])(
        "funnel", "--steps", "b", "--start", "2023-11-14T22:13:30Z",
        "--cohort", "a=touchpoint=a", "--by", "touchpoint")
    assert document["steps"][0]["count"] == 2
    assert document["cohorts"][0]["visitors"] == 1
    assert document["cohorts"][0]["steps"][0]["count"] == 1
    assert document["cohort_overlap"] == {"in_several": 0, "in_none": 1}
