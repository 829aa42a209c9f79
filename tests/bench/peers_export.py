"""The events of a log that a funnel may count, as CSV for the peers.

    peers_export.py LOG > CSV          visitor,time,stage

Read by tests/oracle/jnylog.py, not by the tool.  Left out, as the tool leaves
out: visitor 0, internal and speculative requests, agents that are bots.  A
failed request and a refund have no stage.  Which agents are bots the tool
itself is asked (journey cat), an agent an event: the bench is about funnels.
"""

import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "oracle"))

import jnylog  # noqa: E402
import jnywrite  # noqa: E402

JOURNEY = os.path.join(ROOT, "build", "journey")
COLUMNS = ["visitor", "time", "stage", "status", "flags", "value"]
LEFT_OUT = 0x0010 | 0x0200           # speculative, internal


def ask(agents):
    """Which of these agents the tool takes for bots."""
    with tempfile.NamedTemporaryFile(suffix=".jny") as log:
        jnywrite.write(log.name, [jnywrite.block(
            [{"time": 0, "visitor": i + 1, "agent": agent}
             for i, agent in enumerate(agents)], [])])
        lines = subprocess.run(
            [JOURNEY, "cat", "--bots", "only", "--format", "json", log.name],
            check=True, capture_output=True, text=True).stdout.splitlines()
    return {json.loads(line).get("agent", "") for line in lines}


def export(log, out):
    asked, bots = set(), set()
    for p in jnylog.read_blocks(log):
        stages = p["dict"].get("stage", [""])
        agents = p["dict"].get("agent", [""])
        new = sorted(set(agents) - asked)
        if new:
            bots |= ask(new)
            asked.update(new)

        nids = len(p["ids"]) // 8
        ids = jnylog.packed(p["ids"], nids)
        left_out = [visitor == 0 or agents[agent] in bots
                    for visitor, agent in zip(
                        ids, jnylog.packed(p.get("agents", b""), nids))]

        time = p["t0"]
        lines = []
        for visitor, step, stage, status, flags, value in zip(
                *(jnylog.column(p, name) for name in COLUMNS)):
            time += jnylog.unzigzag(step)
            if left_out[visitor] or flags & LEFT_OUT:
                continue
            lost = status >= 400 or jnylog.unzigzag(value) < 0
            lines.append(f"{ids[visitor]},{time},"
                         f"{'' if lost else stages[stage]}\n")
        out.write("".join(lines))


export(sys.argv[1], sys.stdout)
