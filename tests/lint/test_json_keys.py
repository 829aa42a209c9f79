"""docs/JSON.md against what the commands print: every key, both ways.

A key printed and not described fails, and so does one described that no run
prints.  So do a type that is not the one described, and a key that an object
has twice, of which most parsers show the last alone.
"""

import json
import os
import re
import subprocess
import sys

import pytest

TOP = os.path.normpath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.environ.get("JNY_BUILD", os.path.join(TOP, "build"))
JOURNEY = os.environ.get("JOURNEY", os.path.join(BUILD, "journey"))
LOGGEN = os.environ.get("LOGGEN", os.path.join(BUILD, "loggen"))
CLI = os.path.join(TOP, "tests/cli")

sys.path.insert(0, os.path.join(TOP, "tests/oracle"))

import jnywrite  # noqa: E402

STEPS = "awareness > consideration > purchase"
BOUND = "awareness > ?consideration > !loyalty > purchase"
SLICES = ["--every", "week", "--cohort", "some=awareness"]
MODEL = ["--model", os.path.join(CLI, "values.yaml")]
SELECT = ["--where", "status>0", "--visitors", "status>0", "--start",
          "2000-01-01", "--end", "2100-01-01"]

# Together the forms of a command print all its keys.
FORMS = {
    "funnel": [["month"], ["month", "--by", "campaign", "--top", "2"],
               ["month", "--steps", STEPS, *SELECT], ["empty"],
               ["month", "--steps", BOUND, "--by", "campaign"],
               ["month", "--entry", "first", "--compat", "clickhouse"],
               ["month", *SLICES], ["month", *MODEL],
               ["month", "--steps", BOUND, "--by", "campaign", *SLICES]],
    "paths": [["month", "--top", "3", *MODEL], ["shop", *SELECT], ["empty"],
              ["month", "--starting", "stage!=", "--ending", "stage!="],
              ["month", "--around", "stage!="]],
    "pages": [["month", *MODEL], ["month", "--across", "campaign", *SELECT],
              ["empty", "--across", "campaign"]],
    "report": [["month", "--top", "3", *MODEL], ["shop", *SELECT], ["empty"]],
    "stat": [["month"], ["shop"], ["empty"], ["tags"]],
    "audit": [["month"], ["shop"], ["damaged"], ["empty"]],
    "cat": [["month"], ["all"]],
}

ROW = re.compile(r"\| `([^`]+)` \| ([^|]+) \| ([^|]*)\| ([^|]*)\|")
TYPES = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: type(v) is int,
    "number": lambda v: type(v) in (int, float),
    "boolean": lambda v: isinstance(v, bool),
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string[]": lambda v: isinstance(v, list)
    and all(isinstance(e, str) for e in v),
    "number[]": lambda v: isinstance(v, list)
    and all(e is None or type(e) in (int, float) for e in v),
    "null": lambda v: v is None,
}


def sections(text):
    """heading -> [(key, type, meaning)], as they stand."""
    result, rows = {}, None
    for line in text.splitlines():
        if line.startswith("##"):
            rows = result.setdefault(line.lstrip("# "), [])
        elif line.startswith("| `"):
            m = ROW.fullmatch(line)
            assert m, "no row of four cells: " + line
            rows.append((m[1], m[2].strip(), m[4].strip()))
    return result


def described(text, command):
    """key -> type of one command, "as ..." replaced by what it means."""
    tables = sections(text)

    def belongs(heading):
        words = heading.split(" --")[0]
        return words == "journey " + command \
            or command in words.split(", ") \
            or heading == "Every command but cat" and command != "cat"

    keys = {}
    for heading, rows in tables.items():
        if not belongs(heading):
            continue
        for key, kind, _ in rows:
            assert key not in keys, "described twice: " + key
            keys[key] = kind
    for key, kind in list(keys.items()):
        if not kind.startswith("as "):
            continue
        for name in re.findall("`([^`]+)`", kind):
            if name in tables:
                keys[key] = "object"
                keys.update({key + "." + k: t for k, t, _ in tables[name]})
            else:
                keys[key] = keys[name]
                keys.update({key + k[len(name):]: t for k, t in keys.items()
                             if k.startswith((name + ".", name + "["))})
    return keys


def parts(key):
    """steps[].value.<currency> -> a pattern for each name on the way."""
    return [re.compile(re.sub("<[a-z]+>", ".*", re.escape(p)), re.DOTALL)
            for p in key.split(".")]


def unique(pairs):
    keys = [k for k, _ in pairs]
    assert len(keys) == len(set(keys)), "a key twice: %s" % keys
    return dict(pairs)


def walk(value, path=()):
    """(names on the way, value) of every key; names of arrays end in []."""
    if isinstance(value, dict):
        for key, v in value.items():
            yield path + (key,), v
            yield from walk(v, path + (key,))
    elif isinstance(value, list):
        for v in value:
            yield from walk(v, path[:-1] + (path[-1] + "[]",))


def compare(documented, printed):
    """What is wrong, in words; printed: (names, value)."""
    patterns = {key: parts(key) for key in documented}
    met, wrong, found = set(), set(), {}
    for names, value in printed:
        if names not in found:
            found[names] = next(
                (k for k, p in patterns.items() if len(p) == len(names)
                 and all(a.fullmatch(b) for a, b in zip(p, names))), None)
        key = found[names]
        if key is None:
            wrong.add("not described: " + ".".join(names))
            continue
        met.add(key)
        if not any(TYPES[t](value) for t in documented[key].split(" or ")):
            wrong.add("%s is no %s: %r" % (key, documented[key], value))
    wrong |= {"never printed: " + k for k in documented if k not in met}
    return sorted(wrong)


def everything():
    """An event with every text, number and flag an event can have."""
    event = {name: "x" for name in jnywrite.TEXTS}
    event.update(time=1714554000000, visitor=1, login=2, status=200,
                 latency=3, value=10000, score=450, flags=0x7ff, x_team="red")
    return jnywrite.block([event], ["x"])


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("json")
    path = {n: str(folder / n) for n in
            ("month", "shop", "damaged", "all", "empty", "tags")}

    def python(*args):
        return subprocess.run(["/usr/bin/python3", *args], cwd=CLI, check=True,
                              stdout=subprocess.PIPE, timeout=60).stdout

    subprocess.run([LOGGEN, "--events", "20000", "--block", "2000", "-o",
                    path["month"]], check=True, stdout=subprocess.DEVNULL,
                   timeout=60)
    python("mklog.py", "shop.ndjson", path["shop"])
    python("mklog.py", "tags.ndjson", path["tags"])
    with open(path["damaged"], "wb") as f:
        f.write(python("cutlog.py", path["shop"], "flip", "0", "payload",
                       "noise", "2"))
    jnywrite.write(path["all"], [everything()])
    open(path["empty"], "wb").close()
    return path


def run(command, log, options):
    """The documents that a form prints."""
    p = subprocess.run([JOURNEY, command, "--format", "json", "--tz", "UTC",
                        *options, log], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=60)
    assert p.returncode in (0, 3), p.stderr.decode()
    lines = p.stdout.splitlines() if command == "cat" else [p.stdout]
    return [json.loads(line, object_pairs_hook=unique) for line in lines]


@pytest.fixture(scope="module")
def text():
    with open(os.path.join(TOP, "docs/JSON.md"), encoding="utf-8") as f:
        return f.read()


@pytest.mark.parametrize("command", FORMS)
def test_every_key_is_described_and_printed(text, logs, command):
    printed = [pair for log, *options in FORMS[command]
               for document in run(command, logs[log], options)
               for pair in walk(document)]
    assert compare(described(text, command), printed) == []


def test_every_key_has_a_meaning(text):
    assert [k for rows in sections(text).values() for k, _, m in rows
            if not m] == []


def test_the_comparison_sees_both_directions():
    documented = {"a": "object", "a.<currency>": "number", "b[].c": "null"}
    said = {"a": {"EUR": 1.5}, "b": [{"c": 1, "d": 2}]}
    assert compare(documented, walk(said)) == [
        "b[].c is no null: 1", "not described: b", "not described: b[].d"]
    assert compare(documented, walk({"a": {}})) == [
        "never printed: a.<currency>", "never printed: b[].c"]
