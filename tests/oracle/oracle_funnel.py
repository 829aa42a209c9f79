"""The funnel, slowly and in the words of docs/SEMANTICS.md, "Funnel".

steps is a list of functions from an event to whether it fits.  A result is a
list of entries {"visitor", "reach", "key", "times", "values", "entered",
"touched", "start", "counts": open or closed}; count() makes the figures.
"""

import datetime
import math
from fractions import Fraction

import oracle_chains


def closed_entry(events, found, key):
    chain = [found["filled"][k] for k in range(found["reach"])]
    times = [None] + [events[b]["time"] - events[a]["time"]
                      for a, b in zip(chain, chain[1:])]
    return {"reach": len(chain), "key": key(events[chain[0]]), "times": times,
            "steps": [({k}, events[i]) for k, i in enumerate(chain)],
            "values": [(k, events[i]) for k, i in enumerate(chain)
                       if events[i]["sale"]],
            "entered": 0, "touched": set(range(len(chain))),
            "start": events[chain[0]]["time"]}


def closed(count):
    def mine(events, steps, window_ms, key):
        rules = oracle_chains.Rules((oracle_chains.Step("", 0),) * len(steps),
                                    window_ms, count=count)
        seen = tuple((e["time"], sum(step(e) << k
                                     for k, step in enumerate(steps)), 0)
                     for e in events)
        return [closed_entry(events, r, key)
                for r in oracle_chains.results(seen, rules)[0]]
    return mine


closed_visitor, closed_entries = closed("visitors"), closed("entries")


def open_entry(events, steps, key):
    """All of these events are one entry (or visitor) of the open funnel."""
    fits = [(e, {k for k, step in enumerate(steps) if step(e)})
            for e in events]
    touched = set().union(*(f for _, f in fits))
    reach = max(touched) + 1
    times = [None] * reach
    for k in range(1, reach):
        firsts = [i for i, (_, f) in enumerate(fits) if k - 1 in f][:1]
        for i in firsts:
            after = [e for e, f in fits[i + 1:] if k in f]
            if after:
                times[k] = after[0]["time"] - fits[i][0]["time"]
    return {"reach": reach, "key": key(events[0]), "times": times,
            "steps": [(f, e) for e, f in fits],
            "values": [(k, e) for e, f in fits for k in f if e["sale"]],
            "entered": min(fits[0][1]), "touched": touched,
            "start": events[0]["time"]}


def open_visitor(events, steps, window_ms, key):
    events = [e for e in events if any(step(e) for step in steps)]
    return [open_entry(events, steps, key)] if events else []


def open_entries(events, steps, window_ms, key):
    """Ends at the last step (with what follows there without an order) or
    when the window is over."""
    events = [e for e in events if any(step(e) for step in steps)]
    entries = []
    while events:
        mine, done = [], False
        for e in events:
            if e["time"] - events[0]["time"] > window_ms:
                break
            if done and (not steps[-1](e) or e.get("order")):
                break
            mine.append(e)
            done = done or steps[-1](e)
        entries.append(open_entry(mine, steps, key))
        events = events[len(mine):]
    return entries


def without_repeats(events, steps):
    """What repeats the order that filled the last step before it."""
    kept, order = [], ""
    for e in events:
        if not any(step(e) for step in steps):
            continue
        mine = e.get("order") or ""
        if mine and mine == order:
            continue
        if mine and steps[-1](e):
            order = mine
        kept.append(e)
    return kept


def entries(journeys, steps, window_ms, is_open, by):
    """The entries of everybody; by is None or gives the key of an event."""
    if not steps:
        return []
    found = []
    for visitor, events in journeys.items():
        if by is None:
            one = open_visitor if is_open else closed_visitor
            mine = one(events, steps, window_ms, lambda e: None)
        else:
            one = open_entries if is_open else closed_entries
            mine = one(without_repeats(events, steps), steps, window_ms, by)
        found += [dict(e, visitor=visitor) for e in mine]
    return found


def quantile(values, q):
    """Nearest rank."""
    return sorted(values)[max(math.ceil(q * len(values)), 1) - 1]


def wilson(rate, n):
    z = 1.959963984540054
    centre = rate + z * z / (2 * n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return [max((centre - half) / (1 + z * z / n), 0),
            min((centre + half) / (1 + z * z / n), 1)]


def credited(entry, credit, key, nothing):
    """The values that an entry belongs to."""
    keys = [key(e) for _, e in entry["steps"]]
    if credit.startswith("step:"):
        at = int(credit[5:]) - 1
        keys = [key(e) for steps, e in entry["steps"] if at in steps][:1]
        return keys or [nothing]
    return {"first": keys[:1], "last": keys[-1:], "all": set(keys)}[credit]


def mature(found, window_ms, last_ms, windowed):
    """Those whose window is over before the last event."""
    return [e for e in found
            if not windowed or e["start"] + window_ms <= last_ms]


def first_day(zone, every, time_ms):
    """Of the period that a moment lies in."""
    day = datetime.datetime.fromtimestamp(time_ms // 1000, zone).date()
    if every == "month":
        return day.replace(day=1)
    return day - datetime.timedelta(day.weekday() if every == "week" else 0)


def trend(found, zone, every):
    """[(first day of the period, its entries)], without gaps."""
    if not found:
        return []
    by_day = {}
    for e in found:
        by_day.setdefault(first_day(zone, every, e["start"]), []).append(e)
    periods, day = [], min(by_day)
    while day <= max(by_day):
        periods.append((day.isoformat(), by_day.get(day, [])))
        day += datetime.timedelta({"day": 1, "week": 7, "month": 31}[every])
        if every == "month":
            day = day.replace(day=1)
    return periods


def interval(found, k):
    """Of from_previous, at the number of independent entries."""
    per = {}
    for e in found:
        mine = per.setdefault(e["visitor"], [0, 0])
        mine[0] += e["reach"] > k
        mine[1] += e["reach"] >= k
    x, n = (sum(m[i] for m in per.values()) for i in (0, 1))
    visitors = sum(m[1] > 0 for m in per.values())
    if n == 0:
        return [None, None]
    if visitors == n:
        return wilson(x / n, n)
    if x in (0, n):
        return wilson(x / n, visitors)
    r = Fraction(x, n)
    variance = sum((a - r * b) ** 2 for a, b in per.values()) / n ** 2
    if variance == 0:
        return wilson(x / n, visitors)
    return wilson(x / n, min(n, float(r * (1 - r) / variance)))


def histogram(times):
    """Buckets that end at a second times a power of two."""
    ends = [1000 << k for k in range(40)]
    buckets = [[end, sum(low < t <= end for t in times)]
               for low, end in zip([-1] + ends, ends)]
    return [b for b in buckets if b[1]]


def count(found, nsteps, window_ms, last_ms, windowed, rates_of_all):
    steps = []
    over = mature(found, window_ms, last_ms, windowed)
    rated = found if rates_of_all else over
    for k in range(nsteps):
        reached = [e for e in rated if e["reach"] > k]
        reached_before = [e for e in rated if e["reach"] >= k]
        here = [e for e in found if e["reach"] > k]
        before = [e for e in found if e["reach"] >= k]
        times = [e["times"][k] for e in here if e["times"][k] is not None]
        value = {}
        for e in here:
            for at, event in e["values"]:
                if at == k and event.get("value"):
                    currency = event.get("currency") or ""
                    value[currency] = value.get(currency, 0) \
                        + event["value"]
        steps.append({
            "step": k + 1,
            "count": len(here),
            "visitors": len({e["visitor"] for e in here}),
            "dropped": len(before) - len(here) if k else 0,
            "mature": sum(e["reach"] > k for e in over),
            "from_first": len(reached) / len(rated) if rated else None,
            "from_previous": len(reached) / len(reached_before)
                if k and reached_before else None,
            "interval": interval(rated, k) if k else [None, None],
            "time_ms": {
                "n": len(times),
                "p50": quantile(times, 0.5) if times else None,
                "p90": quantile(times, 0.9) if times else None,
                "mean": sum(times) // len(times) if times else None,
                "histogram": histogram(times)},
            "value": value,
            "entries": sum(e["entered"] == k for e in found),
            "touched": sum(k in e["touched"] for e in here),
            "skipped": sum(k not in e["touched"] for e in here),
            "still_open": sum(
                windowed and e["reach"] == k + 1 < nsteps
                and e["start"] + window_ms > last_ms for e in found),
        })
    return steps
