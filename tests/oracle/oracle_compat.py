"""Funnels as others count them, slowly and in the words of docs/SEMANTICS.md,
"Funnel", --compat.

events are (time, bits of the steps it fits, session), in the order of the log;
steps as in oracle_chains.py.  Each returns (result or None, what ended it or
None); a result has "filled", {step: event}, and "reach".
"""

import functools
import itertools


def fits(event, step):
    return event[1] >> step & 1


def of_kind(steps, *kinds):
    return [s for s, step in enumerate(steps) if step.kind in kinds]


def result(required, chain):
    return {"filled": dict(zip(required, chain)), "reach": len(chain)}


def clickhouse(events, steps, window_ms, modes=()):
    """All chains are kept in lists of events, the latest last."""
    n = len(steps)
    once = "strict_once" in modes
    pairs = sorted((t, -1 if bits == 0 else s, i)
                   for i, (t, bits, _) in enumerate(events)
                   for s in (range(n) if bits else [0])
                   if bits == 0 or bits >> s & 1)
    reached, first = [[] for _ in range(n)], None
    for t, s, i in pairs:
        if s < 0:
            if "strict_order" in modes and reached[0]:
                break
            continue
        if s == 0:
            found = [[i]]
        elif "strict_deduplication" in modes and reached[s]:
            break
        elif not reached[s - 1]:
            if "strict_order" in modes and reached[0] \
                    and "allow_reentry" not in modes:
                break
            continue
        else:
            found = [c + [i] for c in reached[s - 1][0 if once else -1:]
                     if t - events[c[0]][0] <= window_ms
                     and not (once and i in c)
                     and ("strict_increase" not in modes
                          or events[c[-1]][0] < t)]
        reached[s] += found
        if found and (first is None or len(first) <= s):
            first = found[0]
        if reached[n - 1]:
            break
    return (result(range(n), first) if first else None), None


def umami(events, steps, window_ms):
    """The reached events of each step, one step after the other; each goes on
    from the latest before it."""
    reached, best = [], []
    for s in range(len(steps)):
        chains = []
        for i, (t, _, _) in enumerate(events):
            ways = [c for c in reached
                    if 0 <= t - events[c[-1]][0] <= window_ms]
            if fits(events[i], s) and (ways or s == 0):
                chains.append((ways[-1] if s else []) + [i])
        reached, best = chains, (chains or [best])[0]
        if not chains:
            break
    return (result(range(len(steps)), best) if best else None), None


def mixpanel(events, steps, window_ms):
    required = of_kind(steps, "")
    starts = [i for i, e in enumerate(events) if fits(e, 0)]
    if not starts:
        return None, None
    chain = starts[:1]
    for before, s in zip(required, required[1:]):
        last = chain[-1]
        in_time = [i for i, e in enumerate(events)
                   if e[0] - events[chain[0]][0] <= window_ms]
        fit = [i for i in in_time if fits(events[i], s) and i not in chain
               and events[i][0] >= events[last][0] - 2000]
        bad = [(i, x) for i in in_time if i > last
               for x in range(before + 1, s) if fits(events[i], x)]
        if bad and (not fit or bad[0][0] < fit[0]):
            return result(required, chain), bad[0][1]
        if not fit:
            break
        chain.append(fit[0])
    return result(required, chain), None


class PostHog:
    def __init__(self, events, steps, window_ms, strict):
        self.events, self.window_ms, self.strict = events, window_ms, strict
        self.steps, self.rows = steps, of_kind(steps, "", "?")
        self.kept = {}                  # row -> chain
        self.best, self.furthest = None, -1

    def before(self, i, row):
        """The chain that a row goes on with; a new one; or None."""
        t = self.events[i][0]
        for b in range(row - 1, -1, -1):
            chain = self.kept.get(b)
            if chain and t - chain["t"] <= self.window_ms:
                return b, chain
            if not self.steps[self.rows[b]].kind:
                return None
        return -1, {"t": t, "filled": {}, "spoilt": None}

    def same(self, row, chain):
        return row in self.kept and self.kept[row]["t"] == chain["t"]

    def exclusions(self, row):
        """Those between the required steps around the way to a row."""
        s = self.rows[row]
        required = of_kind(self.steps, "")
        low = max(r for r in required if r < s)
        high = min(r for r in required if r >= s) \
            if any(r >= s for r in required) else len(self.steps)
        return [x for x in range(low + 1, high)
                if self.steps[x].kind == "!"]

    def exclude(self, i, row):
        bad = [x for x in self.exclusions(row) if fits(self.events[i], x)]
        way = self.before(i, row) if bad else None
        if not way or way[0] < 0:
            return
        b, chain = way
        if self.same(row, chain) or chain["spoilt"] is not None:
            return
        self.kept[b] = dict(chain, spoilt=bad[0])
        if self.furthest == b and self.events[i][0] - self.best["t"] \
                <= self.window_ms:
            self.best = dict(self.best, spoilt=bad[0])

    def fill(self, i, row, once):
        way = self.before(i, row)
        if not way or self.same(row, way[1]):
            return
        chain = way[1]
        if once and i in chain["filled"].values():
            return
        chain = dict(chain, filled={**chain["filled"], self.rows[row]: i})
        if chain["spoilt"] is None:
            self.kept[row] = chain
        if row > self.furthest or (row == self.furthest
                                   and self.best["spoilt"] is not None):
            self.best, self.furthest = chain, row

    def run(self):
        rows = range(len(self.rows))
        for _, tie in itertools.groupby(range(len(self.events)),
                                        lambda i: self.events[i][0]):
            tie = list(tie)
            if len({self.events[i][1] for i in tie}) > 1:
                for row in rows:
                    for i in tie:
                        if fits(self.events[i], self.rows[row]):
                            self.fill(i, row, True)
            else:
                for i in tie:
                    for row in reversed(rows[1:]):
                        self.exclude(i, row)
                    for row in reversed(rows):
                        if fits(self.events[i], self.rows[row]):
                            self.fill(i, row, False)
                    if self.strict:
                        self.kept = {r: c for r, c in self.kept.items()
                                     if fits(self.events[i], self.rows[r])}
            if rows[-1] in self.kept:
                break
        if not self.best:
            return None, None
        filled, spoilt = self.best["filled"], self.best["spoilt"]
        if spoilt is not None:
            return None, spoilt
        return {"filled": filled, "reach": sum(
            not self.steps[s].kind for s in filled)}, None


def posthog(events, steps, window_ms, order="ordered"):
    if order != "any":
        return PostHog(events, steps, window_ms, order == "strict").run()
    required = of_kind(steps, "")
    stands, best = {s: [] for s in required}, []

    def look():
        nonlocal best
        fronts = sorted((events[mine[0]][0], s, mine[0])
                        for s, mine in stands.items() if mine)
        if len(fronts) > len(best):
            best = [i for _, _, i in fronts]

    for i, (t, bits, _) in enumerate(events):
        if len(best) == len(required):
            break
        while any(stands.values()):
            oldest = min((s for s in required if stands[s]),
                         key=lambda s: events[stands[s][0]][0])
            if not all(stands.values()) \
                    and t - events[stands[oldest][0]][0] <= window_ms:
                break
            look()
            stands[oldest].pop(0)
        mine = [s for s in required if bits >> s & 1]
        if mine:
            stands[min(mine, key=lambda s: events[stands[s][-1]][0]
                       if stands[s] else float("-inf"))].append(i)
        else:
            stands = {s: [] for s in required}
    look()
    return (result(required, best) if best else None), None


def found(events, steps, window_ms, vendor, modes=(), order="ordered"):
    """As oracle_chains.results()."""
    every = "strict_order" in modes or order == "strict"
    at = [i for i, e in enumerate(events) if every or e[1]]
    if not at:
        return [], []
    t0 = events[at[0]][0]
    mine, ended = same_found(
        tuple((events[i][0] - t0, *events[i][1:]) for i in at), steps,
        window_ms, vendor, modes, order)
    return [{"filled": {s: at[i] for s, i in r["filled"].items()}}
            for r in [mine] if r], [s for s in [ended] if s is not None]


@functools.lru_cache(maxsize=1 << 19)
def same_found(events, steps, window_ms, vendor, modes, order):
    if vendor == "clickhouse":
        return clickhouse(events, steps, window_ms, modes)
    if vendor == "posthog":
        return posthog(events, steps, window_ms, order)
    return {"umami": umami, "mixpanel": mixpanel}[vendor](events, steps,
                                                          window_ms)
