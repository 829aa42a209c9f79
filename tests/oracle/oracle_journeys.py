"""From rows to journeys, slowly and in the words of docs/SEMANTICS.md.

A row is a dict as in jnywrite.py plus "writer", "seq" and "row", its place.
journeys() gives {visitor: [event, ...]}; an event is its row plus
"session" (first event of one), "carried" (source, medium, campaign),
"sale" (value counts), "refund", "repeat" and "goal".
"""

ORGANIC = ("", "", "")


def in_order(rows):
    return sorted(rows, key=lambda r: (r["time"], r["visitor"] or 0,
                                       r["writer"], r["seq"], r["row"]))


def failed(e):
    return (e.get("status") or 0) >= 400


def mark_orders(rows):
    """Key (host, order).  Its first positive value is the sale, or without
    one its first event without a value; a refund takes back what is left of
    it, in its currency; the rest repeats it.  A failed request sells nothing.
    """
    orders = {}
    for e in in_order(rows):
        if failed(e):
            e["value"] = e["order"] = None
        e["value"] = e.get("value") or 0
        e["sale"] = e["refund"] = e["repeat"] = False
        if e.get("order"):
            orders.setdefault((e.get("host", ""), e["order"]), []).append(e)
        else:
            e["sale"], e["refund"] = e["value"] > 0, e["value"] < 0

    for events in orders.values():
        sales = [e for e in events if e["value"] > 0] \
            or [e for e in events if e["value"] == 0]
        left = sales[0]["value"] if sales else 0
        for e in events:
            if e in sales[:1]:
                e["sale"] = True
            elif (e["value"] < 0 and left > 0
                  and e["currency"] == sales[0]["currency"]):
                e["refund"] = True
                left += max(e["value"], -left)
            else:
                e["repeat"] = True
    return rows


def stage_of(e):
    return "" if failed(e) else e.get("stage") or ""


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
