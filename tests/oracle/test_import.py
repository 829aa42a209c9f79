"""`journey import` against a slow importer of regular expressions.

The oracle is written from docs/IMPORT.md and docs/DIRECTIVES.md, the blocks
are read by jnylog.py.
"""

import calendar
import csv
import gzip
import io
import json
import os
import random
import re
import resource
import signal
import subprocess
import time
import urllib.parse

import pytest

import jnylog
import nomem

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(ROOT, "build", "journey"))

HOST = "shop.example"
CLICKS = ("gclid gbraid wbraid dclid fbclid msclkid yclid ttclid twclid "
          "li_fat_id rdt_cid epik sccid").split()
ASSETS = ("css js mjs map png jpg jpeg gif svg ico webp avif bmp cur woff "
          "woff2 ttf otf eot mp4 webm m4v mp3 ogg wav wasm").split()
COMBINED = re.compile(
    rb'(?P<addr>.*?) - (?P<user>.*?) \[(?P<time>.*?)\] '
    rb'"(?P<request>(?:[^"\\]|\\.)*?)" (?P<status>.*?) (?P<bytes>.*?) '
    rb'"(?P<referer>(?:[^"\\]|\\.)*?)" "(?P<agent>(?:[^"\\]|\\.)*?)"')
PARTS = ["source", "medium", "campaign", "term", "content"]


def run(*args, stdin=None, code=0, **kw):
    p = subprocess.run([JOURNEY, "import", *map(str, args)], input=stdin,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
    assert p.returncode == code, p.stderr.decode()
    return p


def rows(path):
    return list(jnylog.read_rows(str(path)))


def unescape(raw):
    table = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b",
             b"f": b"\f", b"v": b"\v"}

    def one(m):
        if m.group(1):
            return bytes([int(m.group(1), 16)])
        return table.get(m.group(2), m.group(2))

    return re.sub(rb"\\(?:x([0-9a-fA-F]{2})|(.))", one, raw, flags=re.S)


def percent(raw, plus):
    """%XX decoded once, but for control characters."""

    if plus:
        raw = raw.replace(b"+", b" ")

    def one(m):
        c = int(m.group(1), 16)
        return b"%%%02X" % c if c < 32 or c == 127 else bytes([c])

    return re.sub(rb"%([0-9a-fA-F]{2})", one, raw)


def text(raw):
    """As a log has it: what is not UTF-8 is %XX, 1,024 bytes."""

    out = b""

    for c in raw.decode("utf-8", "surrogateescape"):
        try:
            b = c.encode()
        except UnicodeEncodeError:
            b = b"%%%02X" % (ord(c) - 0xdc00)
        if len(out) + len(b) > 1024:
            break
        out += b

    return out.decode()


def page_of(uri):
    path = percent(re.split(rb"[?#]", uri)[0], False)
    kept = []

    for part in path.split(b"/"):
        if part == b"..":
            kept[-1:] = []
        elif part not in (b"", b"."):
            kept.append(part)

    return b"/" + b"/".join(kept)


def campaign_of(uri):
    query = uri.split(b"#")[0].partition(b"?")[2]
    found = {}

    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        name = name.lower().decode("latin-1")

        if not value:
            continue

        if name in CLICKS:
            found.setdefault("click", name)
        elif name.startswith("utm_") and name[4:] in PARTS:
            found.setdefault(name[4:],
                             text(percent(value, True).strip(b" ")))

    return found


def oracle(line):
    """A row, "left out" or "bad"."""

    m = COMBINED.match(line)

    if not m:
        return "bad"

    f = {k: b"" if v == b"-" else unescape(v)
         for k, v in m.groupdict().items()}

    try:
        when, zone = f["time"].decode().rsplit(" ", 1)
        at = calendar.timegm(time.strptime(when, "%d/%b/%Y:%H:%M:%S"))
        at -= int(zone[0] + "1") * (int(zone[1:3]) * 3600 + int(zone[3:]) * 60)
    except (ValueError, UnicodeDecodeError):
        return "bad"

    if not re.fullmatch(rb"\d{0,3}", f["status"]):
        return "bad"

    uri = b""
    if b" " in f["request"]:
        uri = re.sub(rb" HTTP/[^ ]*$", b"", f["request"].split(b" ", 1)[1])
        uri = re.sub(rb"^[^/:][^:]*://[^/]*", b"", uri)
        uri = uri if uri.startswith(b"/") else b""

    page = page_of(uri) if uri else b""

    if page.rsplit(b".", 1)[-1].lower().decode("latin-1") in ASSETS \
            and re.search(rb"[^.]\.[^./]{1,5}$", page):
        return "left out"

    if f["request"].split(b" ")[0] in (b"HEAD", b"OPTIONS"):
        return "left out"

    row = dict.fromkeys(jnylog.TEXTS, "")
    row.update(time=at * 1000, status=int(f["status"] or 0), page=text(page),
               host=HOST, flags=0,
               agent=text(f["agent"][:256])[:256])
    row.update(campaign_of(uri))

    m = re.match(rb"[^:]*://([^/?#]*)", f["referer"])

    if m:
        host = m.group(1).rpartition(b"@")[2]
        host = re.match(rb"(\[[^]]*\]|[^:]*)", host).group(0)
        host = re.sub(rb"\.$", b"", host).lower()

        if host == HOST.encode():
            row["flags"] = 0x400
        else:
            row["referrer"] = text(host)

    failed = row["status"] >= 400 and row["page"]
    row["touchpoint"] = str(row["status"]) if failed else row["page"]
    row["who"] = (f["addr"], f["agent"][:256])
    return row


ADDRESSES = ["192.0.2.%d" % i for i in range(40)] + ["2001:db8::1", "unix:"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64)", "curl/8.0", "-",
          r"quoted \"agent\" \\ here", "\\xD0\\xB6\\xFF", "a" * 300]
REFERERS = ["-", "https://www.google.com/search?q=a", "https://shop.example/",
            "http://SHOP.example:8080/x", "https://u:p@news.example./a",
            "http://[2001:db8::2]:81/", "nonsense", "android-app://com.x/"]
URIS = ["/", "/product/7", "/product/%37/", "/a//b/./../c", "/../..", "/x.png",
        "/a.JS?v=1", "/%2e%2e/%41%0a%zz", "/caf%C3%A9", "/caf\\xC3\\xA9",
        "/?utm_source=google&utm_medium=cpc&utm_campaign=spring+sale%21",
        "/l?UTM_Source=%20news+&utm_source=second&gclid=1&fbclid=2",
        "/l?utm_campaign=&utm_campaign=late&utm_term=%FF#utm_content=no",
        "http://shop.example/proxied?utm_content=b", "*", "/.png", "/a.b.gif",
        "/" + "long" * 400, "/with space/x", "/q?a=b?utm_source=x"]
BAD = [b"", b"nonsense", b"192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET",
       b"a - - [31/Feb/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1 \"-\""
       b" \"-\"",
       b"a - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 2000 1 \"-\""
       b" \"-\"", b"\x00\xff\x16\x03\x01 [ ] \" \" \"", b"\"" * 100,
       b"a - - [17/May/2015:24:05:03 +0000] \"GET / HTTP/1.1\" 200 1 \"-\""
       b" \"-\""]


def line_of(rng, t):
    zone = rng.choice(["+0000", "+0200", "-0730"])
    when = time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(t))
    request = "%s %s HTTP/1.1" % (rng.choice(["GET", "POST", "HEAD",
                                              "OPTIONS", "HEADS"]),
                                  rng.choice(URIS))
    if rng.random() < 0.03:
        request = rng.choice(["-", "\\x16\\x03\\x01", "GET", "QUIT "])
    return ('%s - %s [%s %s] "%s" %s %d "%s" "%s"%s' % (
        rng.choice(ADDRESSES), rng.choice(["-", "anna"]), when, zone, request,
        rng.choice(["200", "301", "404", "500", "-"]), rng.randrange(10 ** 6),
        rng.choice(REFERERS), rng.choice(AGENTS),
        rng.choice(["", ' "extra"']))).encode()


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """20,000 lines, more than two chunks of them, and what they mean."""

    rng = random.Random(4)
    t = 1431857103
    lines = []

    for _ in range(20000):
        t += rng.randrange(3)
        lines.append(rng.choice(BAD) if rng.random() < 0.02
                     else line_of(rng, t))

    path = tmp_path_factory.mktemp("import") / "access.log"
    path.write_bytes(b"\n".join(lines[:9000]) + b"\n"
                     + b"\r\n".join(lines[9000:]))

    return path, [oracle(s) for s in lines if s]


@pytest.fixture(scope="module")
def imported(logs):
    out = logs[0].with_suffix(".jny")
    return out, run("--host", HOST, "-o", out, logs[0])


def test_rows_are_the_oracles(logs, imported):
    want = [r for r in logs[1] if isinstance(r, dict)]
    got = rows(imported[0])
    ids = {}

    assert len(got) == len(want)

    for w, g in zip(want, got):
        who = w.pop("who")
        w["visitor"] = g["visitor"]
        assert {k: g[k] for k in w} == w

        if who[0] == b"unix:":
            assert g["visitor"] is None
        else:
            ids.setdefault(who, set()).add(g["visitor"])

    assert all(len(v) == 1 for v in ids.values())
    assert len(set.union(*ids.values())) == len(ids) > 200


def test_what_is_not_imported_is_counted(logs, imported):
    said = imported[1].stderr.decode()
    bad = logs[1].count("bad")

    assert "%d events, %d left out (no pages, ignored), %d not read" % (
        len([r for r in logs[1] if isinstance(r, dict)]),
        logs[1].count("left out"), bad) in said
    assert "%d more lines" % (bad - 5) in said

    first = next(i for i, s in enumerate(
        logs[0].read_bytes().split(b"\n"), 1)
        if s and oracle(s.rstrip(b"\r")) == "bad")
    assert "access.log:%d: " % first in said.splitlines()[0]


def test_no_address_is_in_the_log(imported):
    for block in jnylog.read_blocks(str(imported[0])):
        assert b"192.0.2." not in repr(block).encode()


def test_blocks_are_one_writer_numbered(imported):
    heads = list(jnylog.walk_headers(str(imported[0])))

    assert len(heads) == 3
    assert len({h["writer"] for h in heads}) == 1
    assert [h["seq"] for h in heads] == [0, 1, 2]
    assert [h["base"] for h in heads] == [0, heads[0]["n"],
                                          heads[0]["n"] + heads[1]["n"]]
    assert [h["flags"] for h in heads] == [0, 0, jnylog.FINAL]


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_threads_do_not_change_a_byte(logs, imported, tmp_path, threads):
    run("--host", HOST, "-o", tmp_path / "x", "--threads", threads, logs[0])
    assert (tmp_path / "x").read_bytes() == imported[0].read_bytes()


def test_gzip_members_and_standard_input_are_the_same(logs, imported,
                                                      tmp_path):
    data = logs[0].read_bytes()
    zipped = tmp_path / "b.log.gz"
    zipped.write_bytes(gzip.compress(data[:777777])
                       + gzip.compress(data[777777:]))

    run("--host", HOST, "-o", tmp_path / "x", zipped)
    assert (tmp_path / "x").read_bytes() == imported[0].read_bytes()

    p = run("--host", HOST, "-o", "-", "-", stdin=zipped.read_bytes())
    assert p.stdout == imported[0].read_bytes()

    p = run("--host", HOST, "-o", tmp_path / "x", logs[0], zipped)
    assert b"has the content of" in p.stderr
    assert (tmp_path / "x").read_bytes() == imported[0].read_bytes()

    got = json.loads(subprocess.run(
        [JOURNEY, "stat", "--format", "json", imported[0], tmp_path / "x"],
        stdout=subprocess.PIPE, check=True).stdout)
    assert got["input"]["events"] == len(rows(imported[0]))


def test_a_pipe_without_nameless_files(logs, imported, tmp_path):
    shim = nomem.shim(tmp_path, "notmpfile")
    folder = tmp_path / "tmp"
    folder.mkdir()
    p = run("--host", HOST, "-o", "-", "-", stdin=logs[0].read_bytes(),
            env=dict(os.environ, LD_PRELOAD=shim, TMPDIR=str(folder)))
    assert p.stdout == imported[0].read_bytes()
    assert os.listdir(folder) == []


def test_a_damaged_gzip_is_imported_up_to_the_damage(logs, imported,
                                                     tmp_path):
    zipped = gzip.compress(logs[0].read_bytes())
    cut = tmp_path / "cut.gz"
    cut.write_bytes(zipped[:len(zipped) // 2])

    p = run("--host", HOST, "-o", tmp_path / "x", cut, code=3)
    assert b"gzip breaks off" in p.stderr

    got, want = rows(tmp_path / "x"), rows(imported[0])
    assert 1000 < len(got) < len(want)
    assert [r["page"] for r in got[:-1]] == [r["page"]
                                             for r in want[:len(got) - 1]]

    broken = bytearray(zipped)
    broken[len(zipped) // 2] ^= 255
    cut.write_bytes(broken)
    p = run("--host", HOST, "-o", tmp_path / "x", cut, code=3)
    assert b"gzip is damaged" in p.stderr


def test_a_log_format_and_json_say_the_same(logs, tmp_path):
    """The same events as a log_format, JSON and CSV; ms and cookies too."""

    rng = random.Random(5)
    facts = [dict(msec="%d.%03d" % (1431857103 + i // 3, rng.randrange(1000)),
                  host=rng.choice(["a.example", "B.example:81"]),
                  request_uri=rng.choice(["/", "/cart?utm_source=x", "/a;b"]),
                  status=rng.choice(["200", "404"]),
                  request_time="0.%03d" % rng.randrange(1000),
                  cookie_sid="s%d" % rng.randrange(20),
                  http_x_team=rng.choice(["b2b", "", 'qu"ote', "комanda"]))
             for i in range(500)]

    names = list(facts[0])
    options = ["--map", "x_team=http_x_team", "--visitor", "cookie:sid"]

    def default(s):
        return "".join("\\x%02X" % b if b < 32 or b > 126 or b in b'"\\'
                       else chr(b) for b in s.encode()) or "-"

    (tmp_path / "log").write_text("".join(
        "%s|%s\n" % ("|".join(f[n] for n in names[:-1]),
                     '"%s"' % default(f["http_x_team"])) for f in facts))
    (tmp_path / "json").write_text("".join(json.dumps(f) + "\n"
                                           for f in facts))
    table = io.StringIO()
    w = csv.DictWriter(table, names)
    w.writeheader()
    w.writerows(facts)
    (tmp_path / "csv").write_text(table.getvalue())

    run("--input", "|".join("$" + n for n in names[:-1])
        + '|"$http_x_team"', *options, "-o", tmp_path / "1",
        tmp_path / "log")
    run("--input", "json", *options, "-o", tmp_path / "2", tmp_path / "json")
    run("--input", "csv", *options, "-o", tmp_path / "3", tmp_path / "csv")

    got = rows(tmp_path / "1")
    assert got == rows(tmp_path / "2") == rows(tmp_path / "3")
    assert len(got) == 500

    for f, g in zip(facts, got):
        assert g["time"] == round(float(f["msec"]) * 1000)
        assert g["latency"] == round(float(f["request_time"]) * 1000)
        assert g["x_team"] == f["http_x_team"]
        assert g["host"] == f["host"].lower().split(":")[0]
        assert g["flags"] == 2

    assert len({g["visitor"] for g in got}) == 20


def test_what_cat_prints_is_imported_again(imported, tmp_path):
    """Offline events join by the ids that cat and $journey_visitor show."""

    text = subprocess.run([JOURNEY, "cat", "--format", "json", imported[0]],
                          stdout=subprocess.PIPE, check=True).stdout
    run("--input", "ndjson", "--assets", "-o", tmp_path / "x", "-",
        stdin=text)

    def facts(path):
        return sorted((r["time"], r["visitor"] or 0, r["page"], r["campaign"])
                      for r in rows(path))

    want, got = facts(imported[0]), facts(tmp_path / "x")
    assert [w[:2] + w[3:] for w in want] == [g[:2] + g[3:] for g in got]


def test_csv_quotes_and_lines(tmp_path):
    text = ('\ufefftime,visitor,touchpoint,value,currency\r\n'
            '2026-01-02T10:00:00+01:00,anna,"a ""b"",\r\nc",3.50,eur\r\n'
            '\r\n'
            '2026-01-02T10:00:00Z,anna,"never closed\r\n'
            '2026-01-02T11:00:00Z,bob,call,x,EUR\r\n'
            '2026-01-02T12:00:00Z,bob,call,-1,EUR')
    p = run("--input", "csv", "-o", tmp_path / "x", "-", stdin=text.encode())
    got = rows(tmp_path / "x")

    assert [(g["time"], g["touchpoint"], g["value"]) for g in got] == [
        (1767344400000, 'a "b",\r\nc', 35000), (1767355200000, "call", -10000)]
    assert b"-:5: is no CSV" in p.stderr
    assert b"-:6: has a value that is no decimal amount like 49.90" \
        in p.stderr


def test_all_lines_bad_is_a_failure_and_leaves_the_old_log(tmp_path):
    (tmp_path / "old").write_text("old")
    p = run("-o", tmp_path / "old", "-", stdin=b"x\ny\n", code=1)

    assert b"is --input right?" in p.stderr
    assert (tmp_path / "old").read_text() == "old"
    assert os.listdir(tmp_path) == ["old"]


def test_long_lines_are_bad_and_cost_no_memory(tmp_path):
    good = b'a - - [17/May/2015:10:05:03 +0000] "GET /%d H" 200 1 "-" "-"\n'
    data = good % 1 + b"x" * (40 << 20) + b"\n" + good % 2 + b"y" * (2 << 20)

    p = run("-o", tmp_path / "x", "-", stdin=data, preexec_fn=lambda:
            resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20)))
    assert [r["page"] for r in rows(tmp_path / "x")] == ["/1 H", "/2 H"]
    assert b"-:2: is too long" in p.stderr and b"-:4: is too long" in p.stderr


def test_many_large_rows_make_several_blocks(tmp_path):
    """8,192 rows that no block holds: the chunk becomes several blocks."""

    line = ('{"time":%d,"visitor":"v","page":"/%s","order":"%s",'
            '"touchpoint":"%s"}\n')
    data = "".join(line % (1767344400000 + i, str(i) * 200, str(i) * 200,
                           str(i) * 200) for i in range(10000, 19000))

    outs = []
    for threads in 1, 4:
        run("--input", "ndjson", "--threads", threads, "-o",
            tmp_path / "x", "-", stdin=data.encode())
        outs.append((tmp_path / "x").read_bytes())

    assert outs[0] == outs[1]
    heads = list(jnylog.walk_headers(str(tmp_path / "x")))
    assert len(heads) > 2
    assert [h["seq"] for h in heads] == list(range(len(heads)))
    assert [r["time"] for r in rows(tmp_path / "x")] == \
        [1767344400000 + i for i in range(10000, 19000)]


def test_a_full_disk_leaves_the_old_log(logs, tmp_path):
    (tmp_path / "old").write_text("old")
    p = run("-o", tmp_path / "old", logs[0], code=1, preexec_fn=lambda: (
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))))

    assert b"File too large" in p.stderr
    assert (tmp_path / "old").read_text() == "old"
    assert os.listdir(tmp_path) == ["old"]


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGTERM,
                                  signal.SIGKILL])
def test_killed_it_leaves_nothing(logs, tmp_path, kill):
    """While it waits for a pipe that stays open."""

    (tmp_path / "old").write_text("old")
    os.mkfifo(tmp_path / "pipe")
    p = subprocess.Popen(
        [JOURNEY, "import", "-o", tmp_path / "old", logs[0],
         tmp_path / "pipe"], stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    with open(tmp_path / "pipe", "wb") as pipe:
        pipe.write(b"x\n")
        pipe.flush()
        p.send_signal(kill)
        assert p.wait(30) == -kill

    p.stderr.close()
    assert (tmp_path / "old").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["old", "pipe"]


def test_killed_at_any_moment_it_can_be_run_again(logs, imported, tmp_path):
    """The old log or the new one.  Beside it there is nothing, unless SIGKILL
    came between the name that the new one has first and that of the old."""

    rng = random.Random(9)
    content = logs[0].read_bytes()
    start = time.monotonic()
    run("--host", HOST, "-o", tmp_path / "x", logs[0])
    spent = time.monotonic() - start
    killed = 0

    for i in range(30):
        (tmp_path / "x").write_text("old")
        p = subprocess.Popen(
            [JOURNEY, "import", "--host", HOST, "-o", tmp_path / "x", logs[0]],
            stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * spent)
        sig = signal.SIGTERM if i % 2 else signal.SIGKILL
        p.send_signal(sig)
        killed += p.wait() != 0

        if sig == signal.SIGTERM:
            assert os.listdir(tmp_path) == ["x"]

        for name in set(os.listdir(tmp_path)) - {"x"}:
            (tmp_path / name).unlink()

        assert (tmp_path / "x").read_bytes() in (
            b"old", imported[0].read_bytes())

    assert killed > 0
    assert logs[0].read_bytes() == content
    run("--host", HOST, "-o", tmp_path / "x", logs[0])
    assert (tmp_path / "x").read_bytes() == imported[0].read_bytes()


def test_no_room_at_any_size(logs, imported, tmp_path):
    """A file system of its own, too small; then there is room."""

    whole = imported[0].read_bytes()
    script = """
        mount -t tmpfs -o size=16k none "$1" || exit 77
        printf old > "$1/x"
        "$2" import --host "$3" -o "$1/x" "$4" && exit 1
        [ "$(ls "$1")" = x ] && [ "$(cat "$1/x")" = old ] || exit 2
        mount -o remount,size=64m "$1" || exit 77
        "$2" import --host "$3" -o "$1/x" "$4" || exit 3
        cp "$1/x" "$5"
    """
    p = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", tmp_path,
                        JOURNEY, HOST, logs[0], tmp_path.parent / "copy"],
                       capture_output=True)

    if p.returncode == 77 or b"unshare" in p.stderr:
        pytest.skip("no file system of its own can be mounted")

    assert p.returncode == 0, p.stderr
    assert b"No space left on device" in p.stderr
    assert (tmp_path.parent / "copy").read_bytes() == whole


def test_what_is_appended_meanwhile_is_not_read(logs, imported, tmp_path):
    """The file grows after it was looked at, while a pipe is waited for."""

    content = logs[0].read_bytes()
    (tmp_path / "a.log").write_bytes(content)
    os.mkfifo(tmp_path / "pipe")
    p = subprocess.Popen([JOURNEY, "import", "--host", HOST, "-o",
                          tmp_path / "x", tmp_path / "a.log",
                          tmp_path / "pipe"], stderr=subprocess.PIPE)

    with open(tmp_path / "pipe", "wb"):
        with open(tmp_path / "a.log", "ab") as f:
            f.write(content)

    said = p.communicate(timeout=60)[1]
    assert p.returncode == 0, said
    assert len(rows(tmp_path / "x")) == len(rows(imported[0]))


def test_keys_are_the_modules(tmp_path):
    """With --key logins are hashed as nginx does, and imports join."""

    login = bytes(range(16))
    key = tmp_path / "journey.key"
    key.write_text("%s\nlogin %s\n" % ("ab" * 16, login.hex()))
    line = '{"time":%d,"login":"c17","remote_addr":"192.0.2.1"}\n'
    ids = []

    for i in range(2):
        run("--input", "json", "--key", key, "-o", tmp_path / "x", "-",
            stdin=(line % (1767344400000 + i)).encode())
        row, = rows(tmp_path / "x")
        ids.append((row["visitor"], row["login"]))

    assert ids[0] == ids[1] and ids[0][0]

    # SipHash-2-4 of "c17", from its authors' description

    def rotl(x, b):
        return (x << b | x >> 64 - b) & (1 << 64) - 1

    k0, k1 = (int.from_bytes(login[i:i + 8], "little") for i in (0, 8))
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
         k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]

    def rounds(n):
        for _ in range(n):
            v[0] = v[0] + v[1] & (1 << 64) - 1
            v[1] = rotl(v[1], 13) ^ v[0]
            v[0] = rotl(v[0], 32)
            v[2] = v[2] + v[3] & (1 << 64) - 1
            v[3] = rotl(v[3], 16) ^ v[2]
            v[0] = v[0] + v[3] & (1 << 64) - 1
            v[3] = rotl(v[3], 21) ^ v[0]
            v[2] = v[2] + v[1] & (1 << 64) - 1
            v[1] = rotl(v[1], 17) ^ v[2]
            v[2] = rotl(v[2], 32)

    m = int.from_bytes(b"c17" + bytes(4) + b"\x03", "little")
    v[3] ^= m
    rounds(2)
    v[0] ^= m
    v[2] ^= 0xff
    rounds(4)
    want = v[0] ^ v[1] ^ v[2] ^ v[3]

    assert ids[0][1] in (want, "%016x" % want)


MODEL = """
stages: [see, buy]
rules:
  - {when: "/p* & status<400", stage: see}
  - {when: "value>0", stage: buy, touchpoint: till}
"""


@pytest.mark.parametrize("kind", ["csv", "log"])
def test_every_allocation_may_fail(tmp_path_factory, tmp_path, kind):
    """A clear error and no log, or, where it could do without, the log."""

    (tmp_path / "m.yaml").write_text(MODEL)

    if kind == "csv":
        options = ["--input", "csv", "--map", "x_team=team"]
        data = ("time,page,visitor,value,team\n"
                '2026-01-02T10:00:00Z,/p,anna,1.5,"b""c"\n')
    else:
        options = ["--visitor", "cookie:a,address", "--host", "h"]
        data = ('1 - - [01/May/2024:10:00:00 +0000] "GET /p?utm_term=a H" 200 '
                '1 "http://h/" "x"\n')

    (tmp_path / "in").write_bytes(gzip.compress(data.encode()))
    command = [JOURNEY, "import", "--threads", "1", "--model",
               str(tmp_path / "m.yaml"), *options, "-o", str(tmp_path / "x"),
               str(tmp_path / "in")]

    want = []

    def after(n, p):
        if n == 0:
            want.append((tmp_path / "x").read_bytes())

        if p.returncode == 0:
            assert (tmp_path / "x").read_bytes() == want[0], n
        else:
            assert sorted(os.listdir(tmp_path)) == ["in", "m.yaml"], n

    assert nomem.every(nomem.shim(tmp_path_factory.mktemp("nomem")), command,
                       lambda: (tmp_path / "x").unlink(missing_ok=True),
                       after) > 100
