"""journey stat: self-tagged links and values that are written alike."""

import collections
import json
import os
import subprocess

from hypothesis import HealthCheck, given, settings, strategies as st

import jnywrite

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
EXAMPLES = 40 * int(os.environ.get("JNY_EXAMPLES", "1"))

SAME_HOST = 0x400
FIELDS = ["source", "medium", "campaign"]
SITES = {"fb": "facebook", "m.facebook.com": "facebook",
         "www.google.de": "google", "yt": "youtube", "insta": "instagram"}

values = st.one_of(
    st.just(""),
    st.sampled_from(["Facebook", "fb", "m.facebook.com", "FB ", "Google",
                     "www.google.de", "yt", "You Tube", "insta"]),
    st.lists(st.sampled_from(["a", "B", "-", "_", " ", "%20", "%", "2", "+",
                              ".", "\u042f"]), max_size=4).map("".join))
rows = st.lists(st.fixed_dictionaries({
    "source": values, "medium": values, "campaign": values,
    "page": st.sampled_from(["", "/a", "/b"]),
    "flags": st.sampled_from([0, 0, 0, SAME_HOST])}), max_size=60)


def folded(text):
    return text.strip(" ").lower()


def key(field, text):
    text = folded(text)
    if field == "source":
        text = SITES.get(text, text)
    text = text.replace("%20", "")
    return "".join(c for c in text if c not in "-_ +.")


def near_duplicates(events):
    groups = {}
    for field in FIELDS:
        for e in events:
            if e[field] and not e["flags"]:
                groups.setdefault((field, key(field, e[field])),
                                  collections.Counter())[e[field]] += 1
    found = []
    for (field, k), texts in groups.items():
        if k and len(texts) > 1:
            found.append({
                "field": field, "count": sum(texts.values()),
                "apart": len({folded(t) for t in texts}) > 1,
                "values": [{"value": t, "counted_as": folded(t), "count": n}
                           for t, n in sorted(
                               texts.items(),
                               key=lambda v: (-v[1], v[0].encode()))]})
            found[-1]["order"] = (not found[-1]["apart"],
                                  -found[-1]["count"], FIELDS.index(field),
                                  k.encode())
    found.sort(key=lambda g: g["order"])
    return [{k: v for k, v in g.items() if k != "order"} for g in found]


def self_tagged(events):
    links = collections.Counter(
        (e["source"], e["medium"], e["campaign"], e["page"])
        for e in events if e["flags"] and any(e[f] for f in FIELDS))
    return [dict(zip(FIELDS + ["page"], link), count=n)
            for link, n in sorted(
                links.items(),
                key=lambda v: (-v[1], "\0".join(v[0]).encode()))]


@settings(max_examples=EXAMPLES, deadline=None,
          suppress_health_check=list(HealthCheck))
@given(rows=rows, cut=st.integers(0, 60))
def test_tags_equal_oracle(tmp_path_factory, rows, cut):
    path = str(tmp_path_factory.getbasetemp() / "tags.jny")
    events = [dict(r, time=1_700_000_000_000 + i, visitor=i + 1)
              for i, r in enumerate(rows)]
    jnywrite.write(path, [
        jnywrite.block(part, ["a"], 1, seq, base)
        for seq, (base, part) in enumerate(
            [(0, events[:cut])] * (cut > 0)
            + [(cut, events[cut:])]) if part])
    done = subprocess.run([JOURNEY, "stat", "--top", "1000", "--format",
                           "json", path], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    document = json.loads(done.stdout)
    wanted = self_tagged(events)
    assert document["self_tagged"] == wanted
    assert document["self_tagged_events"] == sum(w["count"] for w in wanted)
    assert document["near_duplicates"] == near_duplicates(events)
