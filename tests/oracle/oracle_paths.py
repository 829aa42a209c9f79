"""Paths, slowly and in the words of docs/SEMANTICS.md, "Paths"."""

import math

LONGEST = 32


def name(e):
    return e.get("touchpoint") or e.get("page") or ""


def cut(events, whole):
    """A visitor's events, cut where sessions begin."""
    pieces = [[]]
    for e in events:
        if e["session"] and not whole:
            pieces.append([])
        pieces[-1].append(e)
    return pieces


def places(piece, keep):
    """Touchpoints in order: [name, its events]; what has none belongs to
    the one before it, or to the first."""
    found, early = [], []
    for e in piece:
        if not name(e):
            (found[-1][1] if found else early).append(e)
        elif found and found[-1][0] == name(e) and not keep:
            found[-1][1].append(e)
        else:
            found.append([name(e), [e]])
    if found:
        found[0][1][:0] = early
    return found


class Taken:
    """A path that was taken.  steps: of its edges, with "(start)" and such."""

    def __init__(self, visitor, names, found, first=1, anchor=None):
        self.visitor, self.path, self.places = visitor, tuple(names), found
        self.events = [e for _, mine in found for e in mine]
        self.anchor = anchor
        self.ends, self.first = self.path, first

    def key(self):
        return self.path, self.anchor

    def edges(self):
        step = self.first
        for a, b in zip(self.ends, self.ends[1:]):
            yield step, a, b
            step += 1 if step != -1 else 2


def matching(found, selector):
    return [i for i, (_, events) in enumerate(found)
            if any(selector(e) and name(e) for e in events)]


def between(visitor, found, starting, ending):
    """The longest piece from one that matches to one that matches."""
    starts = matching(found, starting) if starting else [0]
    ends = matching(found, ending) if ending else [len(found) - 1]
    pairs = [(a, b) for a in starts for b in ends if a <= b]
    if not pairs:
        return None
    a, b = max(pairs, key=lambda p: p[1] - p[0])
    found = found[a:b + 1]
    names = [n for n, _ in found]
    longer = len(names) > LONGEST

    if ending and not starting:
        names = ["(more)"] * longer + names[-LONGEST:]
        one = Taken(visitor, names, found)
        one.ends = (() if longer else ("(start)",)) + one.path
        one.first = 1 - len(one.ends)
        return one

    names = names[:LONGEST] + ["(more)"] * longer
    one = Taken(visitor, names, found)
    one.ends = one.path + (() if longer or ending else ("(end)",))
    return one


def around_it(visitor, found, selector, before, after):
    hits = matching(found, selector)
    if not hits:
        return None
    names = ["(start)"] + [n for n, _ in found] + ["(end)"]
    at = hits[0] + 1
    low, high = max(0, at - before), min(len(names), at + after + 1)
    path = [n for i, n in enumerate(names)
            if low <= i < high and 0 < i < len(names) - 1]
    one = Taken(visitor, path, found, anchor=at - max(1, low) + 1)
    one.ends = tuple(names[low:high])
    one.first = low - at or 1
    return one


def taken(journeys, where, whole=False, keep=False, starting=None,
          ending=None, around=None, span=(3, 3)):
    """Every path that was taken, and how many had no anchor."""
    kept, left_out = [], 0
    for visitor, events in journeys.items():
        for piece in cut(events, whole):
            found = places([e for e in piece if where(e)], keep)
            if not found:
                continue
            one = (around_it(visitor, found, around, *span) if around
                   else between(visitor, found, starting, ending))
            if one:
                kept.append(one)
            else:
                left_out += 1
    return kept, left_out


def sums(found):
    value = {}
    for one in found:
        for e in one.events:
            if e["sale"] and e.get("value"):
                currency = e.get("currency") or ""
                value[currency] = value.get(currency, 0) \
                    + e["value"]
    return {"count": len(found), "visitors": len({t.visitor for t in found}),
            "converted": sum(any(e["goal"] for e in t.events) for t in found),
            "value": value}


def paths(found, top):
    """Sums by path: the top ones in order, then those of all others."""
    by = {}
    for one in found:
        by.setdefault(one.key(), []).append(one)

    def place(key):
        names = [n.encode() for n in key[0] if n != "(more)"]
        return -len(by[key]), names, key[0][-1:] == ("(more)",), \
            key[0][0] == "(more)", key[1]

    order = sorted(by, key=place)
    rest = [one for p in order[top:] for one in by[p]]
    return [dict(sums(by[p]), path=list(p[0]), anchor=p[1])
            for p in order[:top]], sums(rest)


def edges(found, top):
    by = {}
    for one in found:
        for edge in one.edges():
            by.setdefault(edge, []).append(one.visitor)

    def place(n):
        return ({"(start)": 1, "(more)": 2, "(end)": 3}.get(n, 0), n.encode())

    rows = []
    for step in sorted({s for s, _, _ in by}):
        mine = sorted((e for e in by if e[0] == step),
                      key=lambda e: (-len(by[e]), place(e[1]), place(e[2])))
        rows += [{"step": step, "from": e[1], "to": e[2],
                  "count": len(by[e]), "visitors": len(set(by[e]))}
                 for e in mine[:top]]
        if mine[top:]:
            rows.append({"step": step, "from": "(other)", "to": "(other)",
                         "count": sum(len(by[e]) for e in mine[top:])})
    return rows


def returns(one):
    """Returns of a path: touchpoint, events in between, time."""
    found = []
    for i, (here, events) in enumerate(one.places):
        before = [k for k in range(i) if one.places[k][0] == here]
        if before and before[-1] != i - 1:
            left = [e for e in one.places[before[-1]][1] if name(e)][-1]
            back = [e for e in events if name(e)][0]
            places_of = [id(e) for e in one.events]
            found.append((here, places_of.index(id(back))
                          - places_of.index(id(left)) - 1,
                          back["time"] - left["time"]))
    return found


def converts(one, here):
    """Whether there is a conversion no earlier than the first time here."""
    first = [i for i, e in enumerate(one.events) if name(e) == here][0]
    return any(e["goal"] for e in one.events[first:])


def share(k, n):
    return round(k / n, 6) if n else None


def with_and_without(mine, others, converted):
    a, b = sum(map(converted, mine)), sum(map(converted, others))
    return {"paths": len(mine), "converted": a, "rate": share(a, len(mine)),
            "paths_without": len(others), "converted_without": b,
            "rate_without": share(b, len(others))}


def quantile(times, q):
    return sorted(times)[max(0, math.ceil(q * len(times)) - 1)]


def loops(found, top):
    back = [(one, *r) for one in found for r in returns(one)]
    rows = []
    for here in {r[1] for r in back}:
        mine = [r for r in back if r[1] == here]
        been = [one for one in found if any(n == here for n, _ in one.places)]
        again = [one for one in been if any(r[0] is one for r in mine)]
        times = [r[3] for r in mine]
        rows.append({
            "touchpoint": here, "count": len(mine),
            "visitors": len({one.visitor for one in again}),
            "events": sum(r[2] for r in mine),
            "time_ms": {"p50": quantile(times, .5), "p90": quantile(times, .9),
                        "mean": sum(times) // len(times)},
            **with_and_without(
                again, [one for one in been if one not in again],
                lambda one, here=here: converts(one, here))})
    rows.sort(key=lambda r: (-r["count"], r["touchpoint"].encode()))

    again = [one for one in found if returns(one)]
    return rows[:top], {
        "touchpoints": len(rows), "count": len(back),
        "visitors": len({one.visitor for one in again}),
        **with_and_without(again, [one for one in found if not returns(one)],
                           lambda one: any(e["goal"] for e in one.events))}
