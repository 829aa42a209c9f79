"""journey pages against its oracle.

Counts, rates and lifts are equal; the interval, which has random numbers in
it, agrees with a bootstrap that draws others.  JNY_EXAMPLES multiplies the
number of random logs.
"""

import json
import math
import os
import random
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import jnywrite
import oracle_journeys
import oracle_pages

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
EXAMPLES = 40 * int(os.environ.get("JNY_EXAMPLES", "1"))

STAGES = ["awareness", "cart", "purchase"]
PAGES = ["", "/a", "/b", "/c", "/d", "/e", "/f", "/g"]
CAMPAIGNS = [{}, {"source": "google", "medium": "cpc", "campaign": "spring"},
             {"source": "bing", "medium": "cpc", "campaign": "spring"},
             {"source": "list", "medium": "email"}]
T0 = 1_700_000_000_000
GAP = 1_800_000


def view(rng, visitor, spread, buy=0.06):
    row = {"time": T0 + rng.randint(0, spread),
           "visitor": visitor,
           "stage": rng.choice(["awareness", "cart", "", "elsewhere"]),
           "touchpoint": rng.choice(["t1", "t2", ""]),
           "page": rng.choice(PAGES),
           "status": rng.choice([200, 200, 200, 200, 500]),
           "flags": rng.choice([0, 0, 0, 0, 0, oracle_pages.BEACON]),
           **rng.choice(CAMPAIGNS + [{}, {}])}
    if rng.random() < buy:
        row.update(stage="purchase", status=200, value=10000, currency="EUR",
                   order=f"o{rng.randrange(10**6)}")
        if rng.random() < 0.3:
            row.update(value=-10000, order="")
    return row


@st.composite
def logs(draw):
    """Many or few visitors, short or long journeys, ties and gaps."""
    rng = random.Random(draw(st.integers(0, 1 << 32)))
    visitors = draw(st.sampled_from([3, 30, 200]))
    most = draw(st.sampled_from([4, 12, 40]))
    spread = draw(st.sampled_from([20, 10_000, 6_000_000]))
    rows = [view(rng, v, spread) for v in range(visitors)
            for _ in range(rng.randint(1, most))]
    rng.shuffle(rows)
    return rows, spread


def people_of(rows, horizon, where=lambda e: True):
    marked = [dict(row, writer=1, seq=0, row=i)
              for i, row in enumerate(rows)]
    found = oracle_journeys.journeys(marked, STAGES, GAP)
    last = max((e["time"] for mine in found.values() for e in mine),
               default=0)
    return [oracle_pages.moments([e for e in mine if where(e)], STAGES,
                                 horizon, last) for mine in found.values()]


def pages(path, horizon, *words):
    return subprocess.run(
        [JOURNEY, "pages", "--format", "json", "--tz", "UTC", "--top",
         "100000", "--horizon", f"{horizon}ms", *words, path],
        check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return str(tmp_path_factory.mktemp("pages") / "random.jny")


def same(found, wanted, where):
    if found is None or wanted is None:
        assert found is None and wanted is None, where
    else:
        assert math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9), where


def same_rows(document, people):
    wanted = oracle_pages.rows(people)
    keys = [(r["page"], None if r["pooled"] else r["campaign"])
            for r in document["rows"]]
    assert len(set(keys)) == len(keys)
    assert set(keys) == set(wanted)

    for key, r in zip(keys, document["rows"]):
        w = wanted[key]
        for name in ("visitors", "converted", "baseline_n", "unmatched",
                     "still_open"):
            assert r[name] == w[name], (key, name, r, w)
        for name in ("rate", "baseline", "lift"):
            same(r[name], w[name], (key, name, r, w))
        if not w["visitors"]:
            assert r["interval"] is r["difference"] is r["p"] is None
            continue
        same(r["difference"], w["rate"] - w["baseline"], key)
        for f, v in zip(r["interval"],
                        oracle_pages.wilson(w["converted"], w["visitors"])):
            same(f, v, key)


def same_tests(document):
    """Who is tested, q from all p, verdicts from q and interval."""
    tested = [r for r in document["rows"] if r["p"] is not None]
    assert document["totals"]["tests"] == len(tested)

    for r, q in zip(tested, oracle_pages.bh([r["p"] for r in tested])):
        assert abs(r["q"] - q) < 1e-9, r

    for r in document["rows"]:
        if r["p"] is None:
            assert r["verdict"] == "too few" and r["q"] is None
            continue
        low, high = (math.inf if v is None else v for v in r["lift_interval"])
        enough = r["converted"] + r["baseline"] * r["visitors"] >= 10 - 1e-9
        wanted = "too few" if not enough \
            else "better" if r["q"] < 0.05 and low > 0 \
            else "worse" if r["q"] < 0.05 and high < 0 \
            else "no clear difference"
        assert r["verdict"] == wanted, r
        assert r["visitors"] >= 30 and r["baseline_n"] >= 30
        assert (r["p"] < 0.05) == (low > 0 or high < 0), r


def same_across(document, people):
    wanted = {(page, campaign): (mine, [sum(c[i] for c in groups.values())
                                        - mine[i] for i in (0, 1)])
              for page, groups in oracle_pages.viewers(people).items()
              if len(groups) > 1 for campaign, mine in groups.items()}
    assert {(r["page"], r["campaign"]) for r in document["across"]} \
        == set(wanted)

    for r in document["across"]:
        (n1, k1), (n0, k0) = wanted[r["page"], r["campaign"]]
        assert (r["visitors"], r["converted"]) == (n1, k1)
        assert (r["others"], r["others_converted"]) == (n0, k0)
        same(r["rate"], k1 / n1, r)
        same(r["lift"], k1 / n1 / (k0 / n0) - 1 if k0 else None, r)
        if n1 >= 30 and n0 >= 30 and 10 <= k0 + k1 < n0 + n1:
            p = oracle_pages.two_sided(oracle_pages.score(k1, n1, k0, n0))
            assert abs(r["p"] - p) < 1e-6, r
        elif n1 < 30 or n0 < 30 or k0 + k1 < 10:
            assert r["p"] is r["q"] is None and r["verdict"] == "too few"

    tested = [r for r in document["across"] if r["p"] is not None]
    for r, q in zip(tested, oracle_pages.bh([r["p"] for r in tested])):
        assert abs(r["q"] - q) < 1e-9, r


@settings(max_examples=EXAMPLES, deadline=None,
          suppress_health_check=list(HealthCheck))
@given(log=logs(), part=st.sampled_from([0.1, 0.4, 1.0, 3.0]),
       threads=st.integers(1, 3), where=st.booleans())
def test_pages_equal_oracle(path, log, part, threads, where):
    rows, spread = log
    horizon = max(1, int(part * spread))
    jnywrite.write(path, [jnywrite.block(rows, STAGES)])
    words = ["--where", "page!=/c"] if where else []
    document = json.loads(pages(path, horizon, "--across", "campaign",
                                "--threads", str(threads), *words))
    people = people_of(rows, horizon,
                       lambda e: not where or e.get("page") != "/c")

    assert document["totals"]["first_views"] \
        == sum(not m["open"] for ms in people for m in ms)
    assert document["totals"]["still_open"] \
        == sum(m["open"] for ms in people for m in ms)
    same_rows(document, people)
    same_tests(document)
    same_across(document, people)


def shop(visitors):
    """Two campaigns; who has seen /a buys twice as often from then on."""
    rows = []
    for v in range(1, visitors + 1):
        rng = random.Random(v)
        campaign = rng.choice(CAMPAIGNS[:2])
        chance, t = 0.03, T0 + rng.randrange(10**6)
        for _ in range(rng.randint(1, 12)):
            page = rng.choice(PAGES[1:])
            chance = 0.08 if page == "/a" else chance
            rows.append({"time": t, "visitor": v, "page": page,
                         "stage": "awareness", **campaign})
            t += 1000
            if rng.random() < chance:
                rows.append({"time": t, "visitor": v, "page": "/done",
                             "stage": "purchase", **campaign})
                break
    rows.append({"time": T0 + 10**7, "visitor": visitors + 1, "page": "/a"})
    return rows


def test_interval_agrees_with_another_bootstrap(path):
    rows, horizon = shop(1500), 10**6
    jnywrite.write(path, [jnywrite.block(rows, STAGES)])
    document = json.loads(pages(path, horizon))
    people = people_of(rows, horizon)

    for page, verdict in (("/a", "better"), ("/b", "no clear difference")):
        found = next(r for r in document["rows"]
                     if r["page"] == page and r["pooled"])
        low, high = oracle_pages.interval(page, people, random.Random(1), 300)
        assert abs(found["lift_interval"][0] - low) < 0.03, (found, low)
        assert abs(found["lift_interval"][1] - high) < 0.03, (found, high)
        assert found["verdict"] == verdict


def test_threads_do_not_change_a_byte(path):
    jnywrite.write(path, [jnywrite.block(shop(2000)[i::7], STAGES, 1, i, 0)
                          for i in range(7)])
    one = pages(path, 10**6, "--threads", "1", "--across", "campaign")
    for threads in "237":
        assert one == pages(path, 10**6, "--threads", threads, "--across",
                            "campaign")
