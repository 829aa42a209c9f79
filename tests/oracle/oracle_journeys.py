"""From rows to journeys, slowly and in the words of docs/SEMANTICS.md.

A row is a dict as in jnywrite.py plus "writer", "seq" and "row", its place.
journeys() gives {visitor: [event, ...]}; an event is its row plus
"session" (first event of one), "carried" (source, medium, campaign),
"sale" (value counts), "refund", "repeat" and "goal".
"""

ORGANIC = ("", "", "")


def in_order(rows):
    return sorted(rows, key=lambda r: (r["time"], r["writer"], r["seq"],
                                       r["row"]))


def mark_orders(rows):
    """Key (host, order): the first positive value is the sale."""
    events_of = {}

    for e in in_order(rows):
        value, order = e.get("value") or 0, e.get("order") or ""
        e["sale"] = e["refund"] = e["repeat"] = False
        if not order:
            e["sale"], e["refund"] = value > 0, value < 0
            continue
        events_of.setdefault((e.get("host", ""), order), []).append(e)

    for key, events in events_of.items():
        sale = next((e for e in events if (e.get("value") or 0) > 0),
                    events[0])
        for e in events:
            value = e.get("value") or 0
            if e is sale:
                e["sale"] = True
            elif value < 0:
                e["refund"] = True
            else:
                e["repeat"] = True
    return rows


def stage_of(e):
    return "" if (e.get("status") or 0) >= 400 else e.get("stage") or ""


def mark_sessions(events, gap_ms):
    before, carried = None, None
    for e in events:
        tuple_ = (e.get("source", ""), e.get("medium", ""),
                  e.get("campaign", ""))
        begins = before is None or e["time"] - before > gap_ms
        if tuple_ != ORGANIC and tuple_ != carried:
            begins = True
        if begins:
            carried = tuple_
        e["session"], e["carried"] = begins, carried
        before = e["time"]


def journeys(rows, stages, gap_ms):
    rows = mark_orders([dict(r) for r in rows])
    goal = "purchase" if "purchase" in stages else (stages or [None])[-1]
    found = {}
    for e in in_order(rows):
        e["goal"] = stage_of(e) == goal and not e["repeat"] \
            and not e["refund"]
        if e.get("visitor"):
            found.setdefault(e["visitor"], []).append(e)
    for events in found.values():
        mark_sessions(events, gap_ms)
    return found
