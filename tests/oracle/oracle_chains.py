"""Closed funnels, slowly and in the words of docs/SEMANTICS.md, "Funnel".

    rules = Rules([Step("", 0), Step("?", 0), Step("", 5)], window_ms=60)
    results(((0, 0b001, 0), (3, 0b110, 0)), rules)

An event is (time, bits of the steps it fits, session).  A result is
{"filled": {step: event}, "reach": required steps filled, "start": event,
"ended": the step with "!" that ended it, or None}; steps and events are
indexes.  All chains of a start are made, and the best one is taken.
"""

import functools
from collections import namedtuple

Step = namedtuple("Step", "kind within")        # "", "?" or "!"; ms or 0
Rules = namedtuple("Rules", "steps window_ms order ties count exclude",
                   defaults=["ordered", "order", "visitors", "chain"])


def fits(event, step):
    return event[1] >> step & 1


def in_step_order(events):
    """--ties step: positions, those of an earlier step first in a tie."""
    def first(event):
        return next((s for s in range(64) if fits(event, s)), 64)
    return sorted(range(len(events)), key=lambda i: (
        events[i][0], events[i][2], first(events[i]), i))


class Visitor:
    def __init__(self, events, rules):
        self.events, self.rules = events, rules
        self.required = [s for s, step in enumerate(rules.steps)
                         if not step.kind]

    def gap(self, k, kind):
        """The steps of a kind between required step k and the one before."""
        first = self.required[k - 1] + 1 if k else 0
        end = self.required[k] if k < len(self.required) \
            else len(self.rules.steps)
        return [s for s in range(first, end)
                if self.rules.steps[s].kind == kind]

    def soon(self, a, b, step):
        limit = self.rules.steps[step].within
        return not limit or self.events[b][0] - self.events[a][0] <= limit

    def lasts(self, start, i):
        return self.events[i][0] - self.events[start][0] \
            <= self.rules.window_ms

    def optional(self, a, between, k):
        """What events behind a fill of gap k, and those that fill nothing."""
        left, filled, strangers = self.gap(k, "?"), {}, []
        for i in between:
            for s in left:
                if fits(self.events[i], s) and self.soon(a, i, s):
                    filled[s] = i
                    left = [other for other in left if other > s]
                    break
            else:
                strangers.append(i)
        return filled, strangers

    def joins(self, a, b, k):
        """Whether event b may fill required step k, a the one before."""
        between = range(a + 1, b)
        if not self.soon(a, b, self.required[k]):
            return False
        if any(fits(self.events[i], s) for i in between
               for s in self.gap(k, "!")):
            return False
        return self.rules.order != "strict" \
            or not self.optional(a, between, k)[1]

    def all_chains(self, chain):
        yield chain
        k = len(chain)
        if k == len(self.required):
            return
        for i in range(chain[-1] + 1, len(self.events)):
            if fits(self.events[i], self.required[k]) \
                    and self.lasts(chain[0], i) \
                    and self.joins(chain[-1], i, k):
                yield from self.all_chains(chain + [i])

    def any_order(self, start):
        chain, empty = [], list(self.required)
        for i in range(start, len(self.events)):
            if not self.lasts(start, i) or not empty:
                break
            if i > start and self.excludes(i):
                break
            for s in empty:
                if fits(self.events[i], s):
                    chain.append(i)
                    empty.remove(s)
                    break
        return chain

    def excludes(self, i):
        return [s for s, step in enumerate(self.rules.steps)
                if step.kind == "!" and fits(self.events[i], s)]

    def all_starts(self):
        """start -> its chain: the longest, of these the earliest events."""
        found = {}
        for i, event in enumerate(self.events):
            if self.rules.order == "any":
                if any(fits(event, s) for s in self.required):
                    found[i] = self.any_order(i)
            elif fits(event, self.required[0]):
                found[i] = min(self.all_chains([i]),
                               key=lambda c: (-len(c), c))
        return found

    def end(self, chain):
        """(event, step): the exclusion that ended it, or None."""
        k = len(chain)
        if k == len(self.required):
            return None
        for i in range(chain[-1] + 1, len(self.events)):
            if not self.lasts(chain[0], i):
                return None
            if self.rules.order == "any":
                if self.excludes(i):
                    return i, self.excludes(i)[0]
                continue
            if not self.soon(chain[-1], i, self.required[k]):
                return None
            for s in self.gap(k, "!"):
                if fits(self.events[i], s):
                    return i, s
            if self.rules.order == "strict" \
                    and self.optional(chain[-1], range(chain[-1] + 1, i + 1),
                                      k)[1]:
                return None
        return None

    def result(self, chain, limit):
        """limit: the event of the next entry, or how many there are."""
        reach, last, end = len(chain), chain[-1], self.end(chain)
        stop = min(limit, end[0] if end else limit)
        filled = dict(zip(self.required, chain))
        if self.rules.order == "any":
            if reach == len(self.required):
                stop = last
            left = [s for k in range(reach + 1) for s in self.gap(k, "?")]
            for i in range(chain[0], stop):
                if i in chain or not self.lasts(chain[0], i):
                    continue
                for s in left:
                    if fits(self.events[i], s):
                        filled[s] = i
                        left.remove(s)
                        break
        else:
            for k in range(1, reach):
                a, b = chain[k - 1:k + 1]
                filled.update(self.optional(a, range(a + 1, b), k)[0])
            behind = [i for i in range(last + 1, stop)
                      if self.lasts(chain[0], i)]
            more, strangers = self.optional(last, behind, reach)
            if self.rules.order == "strict" and strangers:
                more = {s: i for s, i in more.items() if i < strangers[0]}
            filled.update(more)
        return {"filled": filled, "reach": reach, "start": chain[0],
                "ended": end[1] if end else None}

    def best(self):
        found = chains(self.events, self.rules).values()
        if not found:
            return []
        chain = min(found, key=lambda c: (-len(c), c[0]))
        return [self.result(chain, len(self.events))]

    def entries(self):
        found, results = chains(self.events, self.rules), []
        start = min(found, default=None)
        while start is not None:
            chain, end = found[start], self.end(found[start])
            if len(chain) == len(self.required):
                later = [i for i in found if i > chain[-1]]
            else:
                later = [i for i in found if i > start and (
                    len(found[i]) > len(chain)
                    or not self.lasts(start, i) or (end and i > end[0]))]
            start = min(later, default=None)
            results.append(self.result(
                chain, len(self.events) if start is None else start))
        return results


def placed(result, at):
    """The result with events as they were before they were sorted."""
    return dict(result, start=at[result["start"]],
                filled={s: at[i] for s, i in result["filled"].items()})


def results(events, rules):
    """What is counted of a visitor, and what exclusions ended."""
    t0 = events[0][0] if events else 0
    found = same_results(tuple((t - t0, bits, session)
                               for t, bits, session in events),
                         rules._replace(exclude=""))
    ended = [r["ended"] for r in found if r["ended"] is not None]
    return [] if ended and rules.exclude == "visitor" else found, ended


@functools.lru_cache(maxsize=1 << 18)
def same_results(events, rules):
    """Visitors who did the same at other times have the same results."""
    at = in_step_order(events) if rules.ties == "step" \
        else list(range(len(events)))
    parts = [at] if at else []
    if rules.count == "sessions":
        parts = [[i for i in at if events[i][2] == session]
                 for session in sorted({e[2] for e in events})]
    found = []
    for part in parts:
        t0 = events[part[0]][0]
        mine = part_results(
            tuple((events[i][0] - t0, events[i][1], 0) for i in part),
            rules._replace(ties="", count=""), rules.count == "entries")
        found += [placed(r, part) for r in mine]
    return found


@functools.lru_cache(maxsize=1 << 19)
def part_results(events, rules, several):
    visitor = Visitor(events, rules)
    return visitor.entries() if several else visitor.best()


@functools.lru_cache(maxsize=1 << 19)
def chains(events, rules):
    return Visitor(events, rules).all_starts()
