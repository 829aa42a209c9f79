"""Aliases and rates of a model: a log read with them says what the log would
say in which the values had been written so."""

import decimal
import json
import random

from hypothesis import given, strategies as st

from test_funnel_paths import T0, logs, random_examples, run

__all__ = ["run"]       # the fixture

NAMES = {"source": ["google", "list", "partner"],
         "medium": ["cpc", "email", "referral"],
         "campaign": ["spring", "march"]}


def model_of(rng):
    """Swaps, merges and new names; a name that stands nowhere."""
    aliases = {}
    for field, names in NAMES.items():
        aliases[field] = {
            rng.choice([str, str.upper, str.title])(name):
            rng.choice(names + ["other", "Web Site"])
            for name in names + ["nobody"] if rng.random() < 0.6}
    rate = rng.choice(["0.92", "1.5", "2", "0.333333333", "150.25"])
    return {"aliases": {k: v for k, v in aliases.items() if v},
            "currency": rng.choice(["EUR", "GBP"]), "rates": {"USD": rate}}


def rewritten(row, model):
    row = dict(row)
    for field, names in model["aliases"].items():
        lower = {k.lower(): v.lower() for k, v in names.items()}
        row[field] = lower.get(row.get(field, ""), row.get(field, ""))
    rate = model["rates"].get(row.get("currency"))
    if rate:
        row["currency"] = model["currency"]
        row["value"] = int((decimal.Decimal(row["value"])
                            * decimal.Decimal(rate)).quantize(
                                0, rounding=decimal.ROUND_HALF_UP))
    return row


def without_model(document):
    for key in ("aliases", "currency", "exchange_rates"):
        document["definitions"].pop(key, None)
    return document


@random_examples
@given(blocks=logs(), seed=st.integers(0, 1 << 32))
def test_model_equals_a_log_written_so(run, blocks, tmp_path_factory, seed):
    rng = random.Random(seed)
    model = model_of(rng)
    path = str(tmp_path_factory.getbasetemp() / "journey.yaml")
    with open(path, "w") as f:
        json.dump(model, f)

    asked = [["funnel", "--by", "source,campaign"], ["funnel", "--by",
             "channel", "--where", "medium=email|cpc"], ["paths"],
             ["pages", "--across", "campaign"]]
    command = run(blocks)
    found = [command(*words, "--model", path, "--threads",
                     str(rng.randint(1, 3))) for words in asked]
    assert found[0]["definitions"]["currency"] == model["currency"]

    command = run([(writer, seq, base, [rewritten(r, model) for r in rows])
                   for writer, seq, base, rows in blocks])
    for words, document in zip(asked, found):
        assert without_model(document) == command(*words), words


def test_referrers_and_click_ids_have_aliases_too(run, tmp_path):
    (tmp_path / "m.yaml").write_text(
        "aliases: {source: {google: search}, medium: {organic: seo, "
        "cpc: ads}}\n")
    rows = [{"time": T0, "visitor": 1, "stage": "cart",
             "referrer": "www.google.com"},
            {"time": T0, "visitor": 2, "stage": "cart", "click": "gclid"}]
    document = run([(1, 0, 0, rows)])(
        "funnel", "--by", "source,medium", "--model",
        str(tmp_path / "m.yaml"))
    assert [g["key"] for g in document["groups"]] == [
        {"source": "search", "medium": "ads"},
        {"source": "search", "medium": "seo"}]
