"""Paths, slowly and in the words of docs/SEMANTICS.md, "Paths"."""

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


def taken(journeys, where, whole=False, keep=False):
    """Every path that was taken: visitor, touchpoints, its events."""
    for visitor, events in journeys.items():
        for piece in cut(events, whole):
            piece = [e for e in piece if where(e)]
            names = [name(e) for e in piece if name(e)]
            if not keep:
                names = [n for i, n in enumerate(names)
                         if i == 0 or n != names[i - 1]]
            if not names:
                continue
            if len(names) > LONGEST:
                names = names[:LONGEST] + ["(more)"]
            yield visitor, tuple(names), piece


def sums(found):
    value = {}
    for _, _, events in found:
        for e in events:
            if e["sale"] and e.get("value"):
                currency = e.get("currency") or ""
                value[currency] = value.get(currency, 0) \
                    + e["value"]
    return {"count": len(found), "visitors": len({v for v, _, _ in found}),
            "converted": sum(any(e["goal"] for e in events)
                             for _, _, events in found),
            "value": value}


def paths(found, top):
    """Sums by path: the top ones in order, then those of all others."""
    by = {}
    for one in found:
        by.setdefault(one[1], []).append(one)
    order = sorted(by, key=lambda p: (-len(by[p]),
                                      [n.encode() for n in p]))
    rest = [one for p in order[top:] for one in by[p]]
    return [dict(sums(by[p]), path=list(p)) for p in order[:top]], sums(rest)


def edges(found, top):
    by = {}
    for visitor, path, _ in found:
        ends = path if path[-1] == "(more)" else path + ("(end)",)
        for i, (a, b) in enumerate(zip(ends, ends[1:])):
            by.setdefault((i + 1, a, b), []).append(visitor)

    def place(n):
        return ({"(more)": 1, "(end)": 2}.get(n, 0), n.encode())

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
