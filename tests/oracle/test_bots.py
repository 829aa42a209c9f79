"""Which agents are bots, and why: the tool beside the lists themselves.

The truth is crawler-user-agents and isbot as node runs them, one pattern after
the other, over the agents that the list was made for, over browsers that
people use (user-agents), and over both with random changes.
"""

import json
import os
import random
import shutil
import subprocess

import pytest

import jnywrite

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))
LISTS = os.path.join(ROOT, "build", "bots", "node_modules")
EXAMPLES = int(os.environ.get("JNY_EXAMPLES", "1"))
MAX_AGENT = 256                      # a longer one is cut by the server

# What regular expressions of the lists look for, to be put anywhere.
SPICE = ["bot", "Bot", "BOT", " cu", "cam", "lib", "http", "google", "/", " ",
         "(", ")", ";", "@", "|", ".com", "_", "-", "1.0", "news", "g",
         "sapphire", "java", "\n", "\r", "\0", "\xa0", "é", "ſ", "K", "search",
         "wv", " pixel", "agent", "check", "node", "perl", "time/", "spider",
         "spider.com", "Current", "RSS Reader", "Silk/", "SSL Labs", "^", "$"]


def known():
    with open(f"{LISTS}/crawler-user-agents/crawler-user-agents.json",
              encoding="utf-8") as f:
        crawlers = json.load(f)
    with open(f"{LISTS}/user-agents/dist/user-agents.json",
              encoding="utf-8") as f:
        people = {entry["userAgent"] for entry in json.load(f)}
    bots = {a for c in crawlers for a in c.get("instances", [])}
    words = {c["pattern"].replace("\\", "") for c in crawlers}
    return sorted(bots), sorted(people), sorted(words)


def changed(rng, agent, words):
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(agent))
        to = min(len(agent), at + rng.randint(0, 12))
        agent = rng.choice([
            lambda: agent[:at] + agent[to:],
            lambda: agent[at:],
            lambda: agent[:at],
            lambda: agent[:at] + rng.choice(SPICE) + agent[at:],
            lambda: agent[:at] + rng.choice(words) + agent[to:],
            lambda: agent[:at] + agent[at:to].swapcase() + agent[to:],
        ])()
    return agent


def judged(folder, agents):
    """What the tool says of each: (list, pattern) or None."""
    log = os.path.join(folder, "agents.jny")
    parts = [agents[i:i + 1000] for i in range(0, len(agents), 1000)]
    jnywrite.write(log, [
        jnywrite.block([{"time": 1, "visitor": i + 1, "agent": agent}
                        for i, agent in enumerate(part)], [], seq=n,
                       base=1000 * n)
        for n, part in enumerate(parts)])

    stat = json.loads(subprocess.run(
        [JOURNEY, "stat", "--top", str(len(agents)), "--format", "json", log],
        check=True, capture_output=True).stdout)
    assert stat["input"]["damaged_blocks"] == 0
    found = {b["agent"]: (b["list"].split()[0], b["pattern"])
             for b in stat["bots"]}
    assert stat["kinds"]["bots"] == sum(a in found for a in agents)
    return [found.get(agent) for agent in agents]


@pytest.mark.skipif(not os.path.isdir(f"{LISTS}/isbot")
                    or shutil.which("node") is None,
                    reason="the lists, or node, are not there")
def test_agents_equal_lists(tmp_path):
    bots, people, words = known()
    rng = random.Random(4)
    agents = set(bots) | set(people)
    for _ in range(20000 * EXAMPLES):
        agents.add(changed(rng, rng.choice(rng.choice([bots, people])), words))

    for x in SPICE:
        for y in SPICE:
            agents |= {x + y + people[0], people[0] + x + y}

    agents = sorted(a for a in agents
                    if 0 < len(a.encode("utf-8", "surrogateescape"))
                    <= MAX_AGENT)
    answers = json.loads(subprocess.run(
        ["node", os.path.join(ROOT, "tests", "oracle", "bots.mjs"), LISTS],
        input=json.dumps([a.encode().decode("latin-1") for a in agents]),
        check=True, capture_output=True, text=True, encoding="utf-8").stdout)
    expected = [tuple(a) if a else None for a in answers]

    assert sum(a in set(people) for a in agents) > 900
    assert len(set(expected)) > 700          # patterns that were first to match
    found = []
    for i in range(0, len(agents), 50_000):      # stat lists at most 100,000
        found += judged(str(tmp_path), agents[i:i + 50_000])
    wrong = [(a, e, g) for a, e, g in zip(agents, expected, found) if e != g]
    assert not wrong, f"{len(wrong)} of {len(agents)}: {wrong[:5]}"


# Monitors are no people; who says nothing may be anybody.
@pytest.mark.parametrize("agent, bot", [
    ("Prometheus/2.53.0", True), ("kube-probe/1.30", True),
    ("ELB-HealthChecker/2.0", True), ("GoogleHC/1.0", True),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
     False),
    ("", False),
])
def test_monitors(tmp_path, agent, bot):
    log = str(tmp_path / "one.jny")
    jnywrite.write(log, [jnywrite.block(
        [{"time": 1, "visitor": 1, "agent": agent, "stage": "a"}], ["a"])])
    stat = json.loads(subprocess.run(
        [JOURNEY, "stat", "--format", "json", log], check=True,
        capture_output=True).stdout)
    assert stat["input"]["bots"] == bot
