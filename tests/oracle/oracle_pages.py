"""Page comparisons, slowly and in the words of docs/SEMANTICS.md, "Pages".

Every page is looked at by itself, moment by moment: no totals, no
subtraction.  Journeys are those of oracle_journeys.py.
"""

import math

import oracle_journeys

BEACON = 32


def page_of(e):
    if oracle_journeys.failed(e) or (e.get("flags") or 0) & BEACON:
        return ""
    return e.get("page") or e.get("touchpoint") or ""


def campaign_of(e):
    source, _, name = e["carried"]
    return name or source or "(direct)"


def since_bucket(n):
    return "0" if n == 0 else "1" if n == 1 else "2" if n == 2 \
        else "3-4" if n <= 4 else "5-8" if n <= 8 else "9+"


def before_bucket(n):
    if n < 8:
        return n
    low = 8
    while True:
        for high in (low + low // 2, 2 * low):
            if n < high:
                return f"under {high}"
        low *= 2


def moments(events, stages, horizon_ms, last_ms):
    """First views before the first conversion, in order."""
    goals = [i for i, e in enumerate(events) if e["goal"]]
    end = goals[0] if goals else len(events)
    stage, entered, views, known, found = "", 0, 0, set(), []

    for e in events[:end]:
        if e["refund"]:
            continue
        here = oracle_journeys.stage_of(e)
        if here in stages and here != stage:
            stage, entered = here, views
        page = page_of(e)
        if not page:
            continue
        if page not in known:
            known.add(page)
            found.append({
                "page": page,
                "stratum": (campaign_of(e), stage,
                            since_bucket(views - entered),
                            before_bucket(views)),
                "open": last_ms - e["time"] < horizon_ms,
                "converted": bool(goals) and events[end]["time"] - e["time"]
                <= horizon_ms})
        views += 1
    return found


def strata_of(page, people):
    """{stratum: [viewers, of them converted, controls, converted]}."""
    strata = {}
    for mine in people:
        for m in mine:
            if m["open"]:
                continue
            cell = strata.setdefault(m["stratum"], [0, 0, 0, 0])
            if m["page"] == page:
                cell[0] += 1
                cell[1] += m["converted"]
                break
            cell[2] += 1
            cell[3] += m["converted"]
    return strata


def row(page, campaign, people):
    """The figures of a row that need no random numbers."""
    mine = {s: c for s, c in strata_of(page, people).items()
            if campaign in (None, s[0])}
    used = [c for c in mine.values() if c[0] and c[2]]
    visitors = sum(c[0] for c in used)
    converted = sum(c[1] for c in used)
    above = sum(a * n0 / (n1 + n0) for n1, a, n0, c in used)
    below = sum(c * n1 / (n1 + n0) for n1, a, n0, c in used)
    weight = sum(n1 * n0 / (n1 + n0) for n1, a, n0, c in used)
    rate = converted / visitors if visitors else None
    baseline = lift = None
    if visitors:
        baseline = rate * below / above if above else below / weight
        lift = above / below - 1 if below else None
    return {"visitors": visitors, "converted": converted, "rate": rate,
            "baseline": baseline, "lift": lift,
            "baseline_n": sum(c[2] for c in used),
            "unmatched": sum(c[0] for c in mine.values() if not c[2]),
            "still_open": sum(
                m["open"] and m["page"] == page
                and campaign in (None, m["stratum"][0])
                for ms in people for m in ms)}


def rows(people):
    """{(page, campaign or None): row} of all that were seen."""
    seen = {(m["page"], m["stratum"][0]) for ms in people for m in ms}
    seen |= {(page, None) for page, _ in seen}
    return {key: row(*key, people) for key in seen}


def viewers(people):
    """{page: {campaign: [viewers, converted]}}, followed long enough."""
    found = {}
    for ms in people:
        for m in ms:
            if not m["open"]:
                cell = found.setdefault(m["page"], {}).setdefault(
                    m["stratum"][0], [0, 0])
                cell[0] += 1
                cell[1] += m["converted"]
    return found


def score(k1, n1, k0, n0, ratio=1.0):
    """Skewness-corrected score statistic of rate 1 = ratio * rate 0; the
    likeliest rates by search, not by formula."""
    def likelihood(p0):
        return sum(k * math.log(p) + (n - k) * math.log1p(-p)
                   for k, n, p in ((k1, n1, ratio * p0), (k0, n0, p0)))
    low, high = 1e-12, min(1, 1 / ratio) - 1e-12
    for _ in range(200):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (a, high) if likelihood(a) < likelihood(b) else (low, b)
    p0 = (low + high) / 2
    p1 = ratio * p0
    v1, v0 = p1 * (1 - p1) / n1, ratio ** 2 * p0 * (1 - p0) / n0
    z = (k1 / n1 - ratio * k0 / n0) / math.sqrt(v1 + v0)
    third = (p1 * (1 - p1) * (1 - 2 * p1) / n1 ** 2
             - ratio ** 3 * p0 * (1 - p0) * (1 - 2 * p0) / n0 ** 2)
    g = third / (v1 + v0) ** 1.5 / 6
    if abs(g) < 1e-9:
        return z
    return (math.sqrt(max(0, 1 + 4 * g * (g + z))) - 1) / (2 * g)


def two_sided(z):
    return math.erfc(abs(z) / math.sqrt(2))


def bh(ps):
    """Benjamini & Hochberg (1995) by their definition: the smallest level at
    which a test is rejected."""
    m, ordered = len(ps), sorted(ps)
    levels = [p * m / (i + 1) for i, p in enumerate(ordered)]
    return [min([1.0] + [level for q, level in zip(ordered, levels)
                         if q >= p]) for p in ps]


def wilson(k, n, z=1.959963984540054):
    """Both ends solve (k/n - p)^2 = z^2 p (1 - p) / n."""
    p = k / n
    a, b, c = 1 + z * z / n, -(2 * p + z * z / n), p * p
    root = math.sqrt(max(0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def interval(page, people, rng, replicates):
    """The lift interval by resampling visitors, with any random numbers."""
    contributions = []
    for ms in people:
        mine = []
        for m in ms:
            if m["open"]:
                continue
            mine.append((m["stratum"], m["page"] == page, m["converted"]))
            if m["page"] == page:
                break
        contributions.append(mine)

    def sums(weights):
        strata = {}
        for w, mine in zip(weights, contributions):
            for s, viewer, converted in mine:
                cell = strata.setdefault(s, [0, 0, 0, 0])
                cell[0 if viewer else 2] += w
                cell[1 if viewer else 3] += w * converted
        used = [c for c in strata.values() if c[0] and c[2]]
        return [sum(f(*c) / (c[0] + c[2]) for c in used) for f in (
            lambda n1, a, n0, c: a * n0, lambda n1, a, n0, c: c * n1,
            lambda n1, a, n0, c: n1 * n0)], used

    def poisson():
        k, p, limit = 0, rng.random(), math.exp(-1)
        while p > limit:
            k, p = k + 1, p * rng.random()
        return k

    (above, below, weight), used = sums([1] * len(contributions))
    half = 0.5 * weight / sum(c[0] for c in used)
    logs = []
    for _ in range(replicates):
        a, b, w = sums([poisson() for _ in contributions])[0]
        logs.append((math.log((a + half) / w), math.log((b + half) / w)))
    xm, ym = (sum(v) / replicates for v in zip(*logs))
    variance = sum((y - ym) ** 2 - 2 * (x - xm) * (y - ym)
                   for x, y in logs) / (replicates - 1)

    n1 = weight ** 2 / sum(c[0] * (c[2] / (c[0] + c[2])) ** 2 for c in used)
    kish = weight ** 2 / sum(c[2] * (c[0] / (c[0] + c[2])) ** 2 for c in used)
    p1, p0 = above / weight, below / weight
    n0 = min(kish, (1 - p0) / (p0 * variance) if variance > 0 else math.inf)

    def bound(outside):
        inside = p1 / p0
        for _ in range(60):
            middle = math.sqrt(inside * outside)
            if abs(score(p1 * n1, n1, p0 * n0, n0, middle)) > 1.959964:
                outside = middle
            else:
                inside = middle
        return inside - 1
    return bound(p1 / p0 / 1e3), bound(p1 / p0 * 1e3)
