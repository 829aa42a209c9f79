"""`journey funnel` against what loggen planted: a truth no log reader made."""

import json
import os
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
LOGGEN = os.environ.get("LOGGEN", os.path.join(ROOT, "build", "loggen"))


def funnel(log, *options):
    return subprocess.run([JOURNEY, "funnel", "--format", "json", *options,
                           log], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A million events and their truth."""
    folder = tmp_path_factory.mktemp("month")
    log, truth = folder / "month.jny", folder / "truth.json"
    subprocess.run([LOGGEN, "--seed", "20260105", "--events", "1000000",
                    "-o", log, "--truth", truth], check=True)
    return str(log), json.loads(truth.read_text())


def test_funnel_equals_truth(month):
    log, truth = month
    found = json.loads(funnel(log))
    assert ([(s["name"], s["count"]) for s in found["steps"]]
            == [(s["stage"], s["count"]) for s in truth["funnel"]])
    read = found["input"]
    assert read["events"] == truth["events"]
    assert read["visitors"] == truth["visitors"]
    assert read["bots"] == truth["bot_events"]
    assert read["internal"] == truth["internal_events"]
    assert read["unknown_visitor_events"] == truth["unknown_visitor_events"]


def test_threads_do_not_change_a_byte(month):
    log, _ = month
    one = funnel(log, "--threads", "1")
    assert one == funnel(log, "--threads", "2")
    assert one == funnel(log, "--threads", "7")


def test_entries_by_campaign_equal_truth(month):
    log, truth = month
    found = {group["key"]["campaign"]: [s["count"] for s in group["steps"]]
             for group in json.loads(funnel(log, "--by", "campaign"))["groups"]}
    for row in truth["by_campaign"]:
        assert found[row["campaign"]] == row["steps"], row["campaign"]


def test_money_equals_truth(month):
    log, truth = month
    money = {m["currency"]: m
             for m in json.loads(funnel(log))["money"]}
    for currency, planted in truth["money"].items():
        found = money[currency]
        for key in ("gross", "refunds", "net"):
            assert round(found[key] * 10000) == planted[key + "_e4"], key
        for key in ("orders", "repeats", "outside_journeys"):
            assert found[key] == planted[key], key


def test_closed_steps_never_exceed_open_funnel(month):
    """With --steps the chain must be walked in order: a subset."""
    log, truth = month
    names = [s["stage"] for s in truth["funnel"]]
    closed = json.loads(funnel(log, "--steps", " > ".join(names)))
    counts = [s["count"] for s in closed["steps"]]
    assert counts == sorted(counts, reverse=True)
    assert all(c <= s["count"] for c, s in zip(counts, truth["funnel"]))
    assert 0 < counts[3] < truth["funnel"][3]["count"]
