"""Ten thousand real requests, replayed: URI, Referer and User-Agent as they
were logged, one cookie jar per address.  Skipped where the log is not there;
JNY_REAL_LOG names another one (combined format, gzip)."""

import gzip
import http.client
import json
import os
import re
import subprocess
from collections import Counter, defaultdict

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(TOP, "build", "journey"))
LOG = os.environ.get("JNY_REAL_LOG", os.path.join(
    TOP, os.pardir, "shared", "data", "semicomplete-access.log.gz"))

LINE = re.compile(r'(?P<address>\S+) \S+ \S+ \[[^]]*\] '
                  r'"(?P<method>[A-Z]+) (?P<uri>\S+)[^"]*" (?P<status>\d+) \S+ '
                  r'"(?P<referer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)"?$')

SERVER = """
    journey on;
    journey_privacy full;
    journey_cookie jny;
    journey_stage $blog_stage;
    location / { return 200 "ok"; }
"""

HTTP = """
    journey_stages awareness consideration decision;
    map $request_uri $blog_stage {
        ~^/blog/       awareness;
        ~^/articles/   consideration;
        ~^/projects/   decision;
        default        "";
    }
    large_client_header_buffers 8 32k;
"""


def lines():
    with gzip.open(LOG, "rt", encoding="utf-8", errors="surrogateescape") as f:
        for text in f:
            found = LINE.match(text.rstrip("\n"))
            assert found, text
            yield found.groupdict()


def unescape(text):
    """What Apache wrote as \\xHH or \\" was this byte."""
    raw = text.encode("utf-8", "surrogateescape")
    raw = re.sub(rb"\\x([0-9a-fA-F]{2})",
                 lambda m: bytes([int(m.group(1), 16)]), raw)
    return raw.replace(b'\\"', b'"')


@pytest.fixture(scope="module")
def requests():
    if not os.path.exists(LOG):
        pytest.skip("no real log at hand: set JNY_REAL_LOG")
    return list(lines())


@pytest.fixture
def replayed(nginx, requests):
    """The log's rows after the replay, and its path."""
    ng = nginx(server=SERVER, http=HTTP)
    jars = defaultdict(dict)
    connection = http.client.HTTPConnection("127.0.0.1", ng.port, timeout=20)
    for request in requests:
        jar = jars[request["address"]]
        connection.putrequest(request["method"], request["uri"],
                              skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", "semicomplete.com")
        for name, key in (("Referer", "referer"), ("User-Agent", "agent")):
            if request[key] != "-":
                connection.putheader(name, unescape(request[key]))
        if jar:
            connection.putheader("Cookie", "; ".join(
                f"{name}={value}" for name, value in jar.items()))
        if request["method"] == "POST":
            connection.putheader("Content-Length", "0")
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (200, 405), (answer.status, request)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            jar[name] = rest.split(";")[0]
    return ng.rows(), ng.log


def journey(command, log, *options):
    return json.loads(subprocess.run(
        [JOURNEY, command, "--format", "json", *options, log], check=True,
        capture_output=True).stdout)


def test_every_request_is_a_touchpoint(replayed, requests):
    rows, log = replayed
    assert len(rows) == len(requests) == 10000

    # One visitor per address that ever asked by GET (nothing else mints), and
    # no two addresses share one.
    visitors = defaultdict(set)
    for request, row in zip(requests, rows):
        if row["visitor"]:
            visitors[request["address"]].add(row["visitor"])
        else:
            assert request["method"] != "GET"
    asked = {r["address"] for r in requests if r["method"] == "GET"}
    assert set(visitors) == asked
    assert all(len(ids) == 1 for ids in visitors.values())
    assert len(set.union(*visitors.values())) == len(asked)

    # Agents as sent, cut where the format cuts.
    sent = Counter(unescape(r["agent"])[:60] for r in requests
                   if r["agent"] != "-")
    logged = Counter((row["agent"] or "").encode()[:60] for row in rows
                     if row["agent"])
    assert sum(logged.values()) == sum(sent.values())
    assert logged.most_common(5) == sent.most_common(5)

    # The most read pages, counted from the raw lines by path alone.
    def path(uri):
        uri = re.sub(r"^https?://[^/]*", "", uri).split("?")[0]
        return re.sub("/+", "/", uri).rstrip("/") \
            or "/"

    plain = [path(r["uri"]) for r in requests if "%" not in r["uri"]]
    pages = Counter(row["page"] for row in rows)
    for page, count in Counter(plain).most_common(20):
        assert pages[page] == count, page

    audit = journey("audit", log)
    assert audit["total"]["balanced"] is True
    assert audit["total"]["accepted"] == 10000

    # Paths and pages read the same touchpoints.
    paths = journey("paths", log, "--bots", "include", "--whole-journey",
                    "--keep-repeats", "--top", "100000")
    assert paths["input"]["events"] == 10000
    assert paths["input"]["visitors"] == len(asked)
    assert sum(p["count"] for p in paths["paths"]) == len(asked)
    seen = {row["page"]: row for row in journey("pages", log)["rows"]}
    assert set(seen) <= set(pages)


def test_bots_of_a_real_log(replayed, requests):
    _, log = replayed
    named = sum(bool(re.search(r"bot|crawl|spider|slurp", r["agent"], re.I))
                for r in requests)
    # Ours also knows libraries, feed readers and monitors by name.
    listed = journey("funnel", log, "--bot-rules", "list")["input"]
    assert named <= listed["bots"] < 2.5 * named

    # And by behaviour: who read /robots.txt, unless a name gave them away.
    reasons = journey("funnel", log)["input"]["bot_reasons"]
    assert reasons["user_agent"]["events"] == listed["bots"]
    readers = {r["address"] for r in requests
               if r["method"] == "GET" and r["uri"] == "/robots.txt"}
    assert 0 < reasons["robots_txt"]["visitors"] < len(readers)
    assert reasons["rate"]["visitors"] > 0 == reasons["size"]["visitors"]
