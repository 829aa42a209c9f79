"""What each directive does, refuses and inherits; the variables."""

import os
import re
import subprocess

import pytest

from conftest import COOKIE, Jar, flags

ON = "journey on; journey_privacy full;"


def refused(config, told, http="", server="", **kw):
    """nginx -t fails with this text at [emerg], with file and line."""

    ng = config(http=http, server=server, **kw)
    code, said = ng.test()
    line = [s for s in said.splitlines() if "[emerg]" in s]

    assert code == 1, said
    assert told in line[0], line
    assert re.search(r" in \S+nginx\.conf:\d+$", line[0]), line
    return line[0]


# journey, journey_privacy.

def test_off_by_default(nginx):
    ng = nginx(server="location / { } location /on { %s return 200; }" % ON,
               http="journey_stages a;")
    assert ng.get("/").all("Set-Cookie") == []
    assert len(ng.get("/on").all("Set-Cookie")) == 1
    assert [r["page"] for r in ng.rows()] == ["/on"]


def test_an_unused_module_does_nothing(nginx):
    ng = nginx(server="location / { }", log=False)
    assert ng.get("/").all("Set-Cookie") == []
    assert ng.files() == []
    assert "[warn]" not in ng.error_text()


def test_journey_is_inherited_and_switched_off(nginx):
    ng = nginx(http=ON, server="""
        location / { return 200; }
        location /assets/ { journey off; return 200; }
        location /assets/on/ { journey on; return 200; }""")
    for path in ("/", "/assets/x", "/assets/on/"):
        ng.get(path)
    assert [r["page"] for r in ng.rows()] == ["/", "/assets/on"]


@pytest.mark.parametrize("where", ["http", "server", "location"])
def test_journey_needs_privacy(config, where):
    kw = {"http": {"http": "journey on;"}, "server": {"server": "journey on;"},
          "location": {"server": "location /x { journey on; }"}}[where]
    line = refused(config, '"journey on" needs a "journey_privacy"', **kw)

    for mode in ("full", "consent", "exempt", "cookieless"):
        assert '"%s" (' % mode in line

    with open(re.search(r" in (\S+):\d+$", line).group(1)) as f:
        number = int(line.rsplit(":", 1)[1])
        assert "journey on" in f.read().split("\n")[number - 1]


def test_journey_needs_a_log(config):
    refused(config, '"journey on" needs a "journey_log"', server=ON, log=False)
    assert config(server=ON + "journey_log off;", log=False).test()[0] == 0


def test_consent_needs_journey_consent(config):
    refused(config, '"journey_privacy consent" needs a "journey_consent"',
            server="journey on; journey_privacy consent;")


def test_other_privacies(config):
    refused(config, 'invalid journey_privacy "none": it is "full", "consent",'
            ' "exempt" or "cookieless"', server="journey_privacy none;")
    refused(config, 'invalid value "maybe"', server="journey_gpc maybe;")


def test_privacy_is_inherited(nginx):
    ng = nginx(http="journey_privacy consent; journey_consent 0;",
               server="journey on; location / { } location /f {"
               " journey_privacy full; return 200; }")
    ng.get("/")
    ng.get("/f")
    assert [r["mode"] for r in ng.rows()] == ["consent", "full"]


# Nothing twice, nothing malformed.

@pytest.mark.parametrize("line", [
    "journey on; journey on;",
    "journey_privacy full; journey_privacy full;",
    "journey_stage a; journey_stage b;",
    "journey_touchpoint a; journey_touchpoint b;",
    "journey_page a; journey_page b;",
    "journey_campaign source=a; journey_campaign medium=b;",
    "journey_value 1; journey_value 2;",
    "journey_field a 1; journey_field a 2;",
    "journey_internal 1; journey_internal 1;",
    "journey_consent 1; journey_consent 1;",
    "journey_gpc honor; journey_gpc honor;",
    "journey_visitor a; journey_visitor b;",
    "journey_cookie a; journey_cookie a;",
    "journey_log off; journey_log off;",
])
def test_duplicates(config, line):
    refused(config, "directive is duplicate", server="\nlocation / { %s }"
            % line)


@pytest.mark.parametrize("line,told", [
    ("journey maybe;", 'it must be "on" or "off"'),
    ("journey_value;", "invalid number of arguments"),
    ("journey_value 1 EUR order=2 x;", "invalid number of arguments"),
    ("journey_value 1 EUR USD;", 'parameter "USD" of "journey_value": it takes'
     " an amount, a currency and order=, each once"),
    ("journey_value 1 order=a order=b;", 'parameter "order=b" of'),
    ("journey_value 12,50;", 'journey_value "12,50" can never be recorded: an'
     " amount has a decimal point, at most 4 places"),
    ("journey_value 1.00001 EUR;", '"1.00001" can never be recorded'),
    ("journey_value 1e3 EUR;", '"1e3" can never be recorded'),
    ("journey_value 99999999999999999999;", "can never be recorded"),
    ("journey_value $arg_x EURO;", 'currency "EURO" of journey_value can never'
     ' be recorded: it is three letters, as "EUR"'),
    ("journey_value 1 A-17;", '"A-17" of journey_value can never'),
    ("journey_campaign $x;", 'parameter "$x" of "journey_campaign": it takes'
     " source=, medium=, campaign=, term= and content=, each once"),
    ("journey_campaign source=a source=b;", 'parameter "source=b" of'),
    ("journey_campaign utm_source=a;", 'parameter "utm_source=a" of'),
    ("journey_cookie a expires=400d;", 'parameter "expires=400d" of'
     ' "journey_cookie": expires= takes a time from 1s to 390d'),
    ("journey_cookie a expires=0;", "expires= takes a time from 1s to 390d"),
    ("journey_cookie a expires=soon;", 'parameter "expires=soon"'),
    ("journey_cookie a samesite=foo;", 'parameter "samesite=foo" of'
     ' "journey_cookie": samesite= takes "lax" or "none"'),
    ("journey_cookie a secure=yes;", 'parameter "secure=yes" of'
     ' "journey_cookie": secure= takes "auto", "on" or "off"'),
    ("journey_cookie a path=x;", 'parameter "path=x" of "journey_cookie": path='
     ' begins with "/"'),
    ("journey_cookie a domain=;", 'parameter "domain=" of "journey_cookie": a'
     " value is not empty"),
    ("journey_cookie a maxage=1d;", 'parameter "maxage=1d" of "journey_cookie":'
     " it takes domain=, path=, expires=, samesite= and secure="),
    ("journey_cookie a httponly;", 'parameter "httponly" of "journey_cookie":'
     " it takes domain="),
    ("journey_stage a b;", "invalid number of arguments"),
    ("journey_field a;", "invalid number of arguments"),
    ("journey_field A 1;", 'invalid field name "A"'),
    ("journey_field '' 1;", 'invalid field name ""'),
    ("journey_field a-b 1;", 'invalid field name "a-b"'),
    ("journey_field %s 1;" % ("a" * 33), "invalid field name"),
    ("".join("journey_field f%d 1;" % i for i in range(17)),
     '"f16" is one too many: a log has at most 16'),
    ("journey_log off flush=1s;", 'parameter "flush=1s" of "journey_log"'),
    ("journey_log off; journey_log a.jny;", "is off at this level already"),
    ("journey_log /tmp flush=1s;", 'journey_log "/tmp" is not a regular file'),
    ("journey_log '';", "needs the path of a file"),
    ("journey_log /tmp/$host.jny;", "needs the path of a file without variables"),
    ("journey_log /nowhere/at/all/a.jny;", 'there is no folder "/nowhere/at/all"'
     ' for journey_log "/nowhere/at/all/a.jny": create it, or name another'
     " (2: No such file or directory)"),
    ("journey_log /dev/null/a.jny;", 'is not a folder'),
] + [("journey_log /tmp/a.jny %s;" % given,
      'invalid parameter "%s" of "journey_log": %s' % (given, told))
     for given, told in [
    ("flush=abc", "flush= takes a time from 1ms to 1d"),
    ("flush=0", "flush= takes a time from 1ms to 1d"),
    ("flush=25h", "flush= takes a time from 1ms to 1d"),
    ("flush=", "flush= takes a time from 1ms to 1d"),
    ("gzip=10", "gzip= takes a level from 1 to 9"),
    ("gzip=0", "gzip= takes a level from 1 to 9"),
    ("gzip=best", "gzip= takes a level from 1 to 9"),
    ("sync=on", 'sync= takes "off" or "block"'),
    ("threads=", 'threads= takes the name of a thread_pool, or "off"'),
    ("buffer=32k", "it takes flush=, gzip=, threads=, sync= and if="),
]] + [
    ("journey_stages a;", "directive is not allowed here"),
    ("journey_key x;", "directive is not allowed here"),
    ("journey_spool x;", "directive is not allowed here"),
])
def test_refused_in_a_location(config, line, told):
    refused(config, told, server="\nlocation / {\n%s }" % line)


@pytest.mark.parametrize("line", [
    "journey_stage", "journey_touchpoint", "journey_page", "journey_value",
    "journey_internal", "journey_consent", "journey_field x",
    "journey_campaign source=x medium=", "journey_value 1 order=",
    "journey_log LOG if=",
])
def test_unknown_variables(config, line):
    """nginx's own message, which has no line."""

    glue = "" if line.endswith("=") else " "
    ng = config(http="# LOG", server="%s%s$nothing;" % (line, glue))
    ng.edit("LOG", ng.log)
    code, said = ng.test()
    assert code == 1
    assert '[emerg] unknown "nothing" variable' in said


@pytest.mark.parametrize("line,told", [
    ("journey_stages a b a;", 'stage "a" is named twice'),
    ("journey_stages a ''; ", 'parameter "" of "journey_stages"'),
    ("journey_stages " + " ".join("s%d" % i for i in range(65)) + ";",
     "65 stages, but a funnel has at most 64"),
    ("journey_stages a; journey_stages b;", "directive is duplicate"),
    ("journey_spool x size=1k;", 'parameter "size=1k" of "journey_spool":'
     ' it takes "size=" from 64k to 4095m'),
    ("journey_spool x size=65535;", "from 64k to 4095m"),
    ("journey_spool x size=4096m;", "from 64k to 4095m"),
    ("journey_spool x size=9g;", 'parameter "size=9g" of "journey_spool":'
     ' it takes "size=" from 64k to 4095m'),
    ("journey_spool x size=lots;", "from 64k to 4095m"),
    ("journey_spool x limit=1m;", 'parameter "limit=1m"'),
    ("journey_spool '';", 'parameter "" of "journey_spool": it takes a folder'
     " without variables"),
    ("journey_spool /tmp/$host;", "it takes a folder without variables"),
    ("journey_spool /nowhere/at/all;", 'journey_spool "/nowhere/at/all" cannot'
     ' be made in "/nowhere/at": create that folder, or name another (2: No'
     " such file or directory)"),
    ("journey_spool nginx.conf;", 'nginx.conf" is not a folder'),
    ("journey_spool nginx.conf/x/;", 'cannot be made in'),
    ("journey_spool x; journey_spool y;", "directive is duplicate"),
])
def test_refused_at_http_level(config, line, told):
    refused(config, told, http=line, log=False)


def test_most_that_is_allowed(config):
    ng = config(http="journey_stages %s;"
                % " ".join("s%d" % i for i in range(64)),
                server="%s %s" % (ON, "".join(
                    "journey_field %s%d $uri;" % ("f" * 30, i)
                    for i in range(16))))
    assert ng.test()[0] == 0


# journey_stages, journey_stage.

def test_stages_are_in_every_block(nginx):
    ng = nginx(http="journey_stages see want buy;", server=ON)
    ng.get("/")
    ng.stop()
    assert ng.blocks()[0]["stages"] == ["see", "want", "buy"]


def test_names_that_no_spool_has_room_for(config):
    def stages(n):
        return "journey_stages %s;" % " ".join(
            "%02d%s" % (i, "s" * n) for i in range(64))

    assert config(http=stages(40), server=ON, stages=False).test()[0] == 0
    code, said = config(http=stages(61), server=ON, stages=False).test()
    assert code == 1
    assert "bytes too long for a spool: make the stages shorter" in said


STAGES = "journey_stages see want buy;\n"


@pytest.mark.parametrize("http,name,told", [
    (STAGES, "buys", '"buys" is not one of "journey_stages", did you mean "buy"?'),
    (STAGES, "se", 'did you mean "see"?'),
    (STAGES, "Want", 'did you mean "want"?'),
    (STAGES, "purchase", 'journey_stage "purchase" is not one of'
     ' "journey_stages" in'),
    (STAGES, "b" * 65, '" is not one of "journey_stages" in'),
    ("journey_stages awareness consideration decision;", "consideratoin",
     'did you mean "consideration"?'),
    ("", "see", '"journey_stage" needs a "journey_stages" in http'),
    ("", "$arg_s", '"journey_stage" needs a "journey_stages" in http'),
])
def test_a_stage_is_one_of_the_stages(config, http, name, told):
    line = refused(config, told, http=http, stages=False,
                   server="\nlocation /a {\n journey_stage %s; }" % name)
    path, number = re.search(r" in (\S+):(\d+)$", line).groups()

    with open(path) as f:
        assert "journey_stage %s;" % name in f.read().split("\n")[
            int(number) - 1]

    assert "mean" in told or "mean" not in line


def test_stages_that_are_accepted(config):
    for http, server in [
            ("", 'journey_stage "";'),
            (STAGES, "journey_stage $arg_s;"),
            (STAGES, 'location /a { journey_stage buy; }'
                     ' location /b { journey_stage ""; }')]:
        code, said = config(http=http, server=server, stages=False).test()
        assert code == 0 and "[warn]" not in said, said


# The folder of the examples.

FRESH = """mount -t tmpfs none /var/log && mount -t tmpfs none /run || exit 77
umask 077
"$@" -t || exit 1
stat -c '%a %u' /var/log/journey
"$@"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
@pytest.mark.parametrize("path", ["site.jny", "/var/log/journey/site.jny"])
def test_the_default_folder_is_made(config, path):
    """A machine that has neither /var/log/journey nor /run/journey: nginx -t,
    start, a request of workers that are nobody, and the log is there."""

    ng = config(server=ON + "journey_log %s;" % path, log=False,
                user="nobody nogroup")
    ng.edit("daemon off;", "daemon on;")
    os.chmod(ng.dir, 0o755)
    script = FRESH + """
    exec 3<>/dev/tcp/127.0.0.1/%d
    printf 'GET /a HTTP/1.0\\r\\n\\r\\n' >&3
    cat <&3 >/dev/null
    exec 3>&-
    "$@" -s quit
    for i in $(seq 100); do
        [ -e %s/nginx.pid ] || break
        sleep 0.05
    done
    cp /var/log/journey/site.jny %s
    """ % (ng.port, ng.dir, ng.log)
    p = subprocess.run(["unshare", "-m", "bash", "-c", script, "bash"]
                       + ng.command(), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=60, text=True)

    if p.returncode == 77 or "unshare" in p.stderr:
        pytest.skip("may not mount")

    assert p.returncode == 0, p.stderr
    assert p.stdout == "755 0\n"
    assert "kept in memory" not in ng.error_text()
    assert [r["page"] for r in ng.rows(path=ng.log)] == ["/a"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
def test_the_default_folder_cannot_be_made(config):
    ng = config(server="journey_log site.jny;", log=False)
    p = subprocess.run(
        ["unshare", "-m", "bash", "-c", "mount -t tmpfs -o ro none /var/log"
         ' || exit 77; "$@" -t 2>&1', "bash"] + ng.command(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, text=True)

    if p.returncode == 77 or "unshare" in p.stderr:
        pytest.skip("may not mount")

    assert p.returncode == 1
    assert re.search(r'\[emerg\] .*cannot make the folder "/var/log/journey" for'
                     r' journey_log "/var/log/journey/site.jny": create it, or'
                     r" name another \(30: .*\) in \S+nginx.conf:\d+\n",
                     p.stdout), p.stdout


def test_stage_may_depend_on_the_status(nginx):
    ng = nginx(
        http="""map "$uri $status" $stage { "~^/buy 200" purchase;
                                           "~^/buy" decision; }""",
        server="%s journey_stage $stage; location /buy { return 200; }"
               " location /buy/full { return 409; } location / { }" % ON)
    for path in ("/buy", "/buy/full", "/"):
        ng.get(path)
    assert [(r["stage"], r["status"]) for r in ng.rows()] == [
        ("purchase", 200), ("decision", 409), ("", 200)]


def test_stage_is_switched_off_in_a_location(nginx):
    ng = nginx(server="%s journey_stage a; location /b { journey_stage '';"
               " return 200; } location / { }" % ON)
    ng.get("/")
    ng.get("/b")
    assert [r["stage"] for r in ng.rows()] == ["a", ""]


# journey_page, journey_touchpoint.

def test_page_and_touchpoint(nginx):
    ng = nginx(server="""%s
        location / { return 200; }
        location /p { journey_page "article $arg_id"; return 200; }
        location /t { journey_touchpoint $arg_t; return 200; }
        location /e { journey_page $arg_none; return 200; }""" % ON)
    for uri in ("/A//b/../c/?x", "/p/1?id=7", "/t/?t=call", "/t/?t=", "/e/"):
        ng.get(uri)
    assert [(r["page"], r["touchpoint"]) for r in ng.rows()] == [
        ("/A/c", "/A/c"), ("article 7", "article 7"), ("/t", "call"),
        ("/t", "/t"), ("/e", "/e")]


# journey_campaign.

CAMPAIGN = ("source", "medium", "campaign", "term", "content", "click")


@pytest.mark.parametrize("query,wanted", [
    ("", {}),
    ("utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e",
     dict(zip(CAMPAIGN, "abcde"))),
    ("utm_source=News+Letter&utm_campaign=spring%20%26%20%2B%C3%BC",
     {"source": "News Letter", "campaign": "spring & +\u00fc"}),
    ("UTM_Source=a", {"source": "a"}),
    ("utm_source=&utm_source=b&utm_source=c", {"source": "b"}),
    ("utm_source", {}),
    ("xutm_source=a&utm_sourcex=b&utm=c&=d&&", {}),
    ("utm_source=a=b?c", {"source": "a=b?c"}),
    ("utm_source=%20a+", {"source": "a"}),
    ("utm_source=+", {}),
    ("utm_source=%", {"source": "%"}),
    ("utm_source=a%0a%00b", {"source": "a%0A%00b"}),
    ("gclid=secret", {"click": "gclid"}),
    ("gclid=", {}),
    ("fbclid=1&gclid=2&utm_medium=cpc", {"click": "fbclid", "medium": "cpc"}),
    ("yclid=1", {"click": "yclid"}),
    ("msclkid=1", {"click": "msclkid"}),
    ("utm_source=a#utm_medium=b", {"source": "a"}),
])
def test_default_campaign(nginx, query, wanted):
    ng = nginx(server=ON)
    ng.raw(("GET /?%s HTTP/1.0\r\n\r\n" % query).encode())
    row, = ng.rows()
    assert {k: row[k] for k in CAMPAIGN if row[k]} == wanted
    assert "secret" not in str(row)


def test_own_campaign_parameters(nginx):
    """A part that is given replaces its utm parameter, the others stay."""

    ng = nginx(server="%s journey_campaign source=$arg_src campaign=fixed;"
               " location /t { journey_campaign term=$arg_q; return 200; }"
               % ON)
    ng.get("/?src=my%20shop&utm_source=x&utm_medium=m&utm_campaign=y")
    ng.get("/?utm_source=x")
    ng.get("/t?q=1&utm_source=x")
    rows = ng.rows()
    assert [{k: r[k] for k in CAMPAIGN if r[k]} for r in rows] == [
        {"source": "my shop", "medium": "m", "campaign": "fixed"},
        {"campaign": "fixed"}, {"source": "x", "term": "1"}]


@pytest.mark.parametrize("referer,wanted", [
    ("https://www.Google.com/search?q=secret", "www.google.com"),
    ("http://user:pw@host.test:8080/x", "host.test"),
    ("http://host.test", "host.test"),
    ("http://host.test?x", "host.test"),
    ("http://host.test./", "host.test"),
    ("http://[2001:DB8::1]:80/", "[2001:db8::1]"),
    ("android-app://com.google.android.gm/", "com.google.android.gm"),
    ("http:///x", ""),
    ("about:blank", ""),
    ("host.test/x", ""),
    ("", ""),
    (":", ""),
    ("://", ""),
    ("http://@", ""),
    ("http://[", "["),
    ("http://shop.test/x", ""),
    ("http://user@SHOP.test:1/", ""),
])
def test_referrer_is_a_host(nginx, referer, wanted):
    ng = nginx(server=ON)
    ng.get("/", {"Referer": referer})
    row, = ng.rows()
    assert row["referrer"] == wanted
    assert ("same_host" in flags(row)) == ("shop" in referer.lower())
    assert "secret" not in str(row) and "pw" not in str(row)


# journey_value.

def test_value(nginx):
    ng = nginx(server="""%s journey_value $arg_a $arg_c order=$arg_o;
        location /net { journey_value -12.3456; return 200; }
        location /order { journey_value "" order=only; return 200; }""" % ON)
    asked = {
        "/?a=19.90&c=eur&o=A-1": (199000, "EUR", "A-1"),
        "/?a=-5&c=USD&o=A-1": (-50000, "USD", "A-1"),
        "/?a=7": (70000, "", ""),
        "/?a=1,5&c=EUR&o=B": (None, "", "B"),
        "/?a=1e9&c=EUR": (None, "", ""),
        "/?a=5&c=EURO&o=C": (None, "", "C"),
        "/?a=&c=EUR&o=D": (None, "", "D"),
        "/": (None, "", ""),
        "/net": (-123456, "", ""),
        "/order": (None, "", "only"),
    }
    for uri in asked:
        ng.get(uri)
    rows = ng.rows()
    assert [(r["value"], r["currency"], r["order"]) for r in rows] == list(
        asked.values())
    assert '"1,5" is not a decimal amount' in ng.error_text()
    assert '"EURO" is not a currency code' in ng.error_text()


def test_value_is_inherited_whole(nginx):
    ng = nginx(server="%s journey_value 1 EUR order=x; location /v {"
               " journey_value 2; return 200; }" % ON)
    ng.get("/")
    ng.get("/v")
    assert [(r["value"], r["currency"], r["order"]) for r in ng.rows()] == [
        (10000, "EUR", "x"), (20000, "", "")]


# journey_field, journey_internal.

def test_fields(nginx):
    ng = nginx(server="""%s journey_field team a; journey_field lang $arg_l;
        location / { }
        location /one { journey_field lang "<$arg_l>"; return 200; }""" % ON)
    ng.get("/?l=de")
    ng.get("/")
    ng.get("/one?l=fr")
    rows = ng.rows()
    assert [(r["x_team"], r["x_lang"]) for r in rows] == [
        ("a", "de"), ("a", ""), ("", "<fr>")]


def test_sixteen_fields_stay_apart(nginx):
    ng = nginx(server=ON + "".join("journey_field f%d %d-$arg_x;" % (i, i)
                                   for i in range(16)))
    ng.get("/?x=y")
    row, = ng.rows()
    assert [row["x_f%d" % i] for i in range(16)] == [
        "%d-y" % i for i in range(16)]


def test_internal(nginx):
    ng = nginx(http="geo $staff { default 0; 127.0.0.1 1; }",
               server="%s location /in { journey_internal $staff; return 200; }"
               " location /out { journey_internal $arg_x; return 200; }" % ON)
    for uri in ("/in", "/out", "/out?x=0", "/out?x=00"):
        ng.get(uri)
    assert ["internal" in flags(r) for r in ng.rows()] == [
        True, False, False, True]


# journey_log.

def test_log_condition_and_inheritance(config):
    ng = config(server="""%s
        location / { }
        location /if { journey_log LOG if=$arg_log; return 200;
                       add_header X $journey_logged; }
        location /not { journey_log off; return 200; }
        location /two { journey_log LOG; journey_log LOG.1; return 200; }
        """ % ON)
    ng.edit("LOG", ng.log)
    ng.start()

    for uri in ("/", "/if", "/if?log=0", "/if?log=1", "/if?log=no", "/not",
                "/two"):
        assert len(ng.get(uri).all("Set-Cookie")) == 1

    ng.stop()
    assert [r["page"] for r in ng.rows(path=ng.log)] == [
        "/", "/if", "/if", "/two"]
    assert [r["page"] for r in ng.rows(path=ng.log + ".1")] == ["/two"]


# Variables.

def test_variables_agree_with_the_record(nginx):
    ng = nginx(
        http="""journey_stages a b;
            log_format v '$request_uri|$journey_visitor|$journey_visitor_new|'
              '$journey_stage|$journey_touchpoint|$journey_campaign|'
              '$journey_logged';
            map $status $stage { 200 a; default b; }""",
        server="""%s access_log v.log v;
            journey_stage $stage; journey_touchpoint $arg_t;
            location / { try_files $uri @app; }
            location @app { return 404; }
            location /not { journey_log off; return 200; }
            location /off { journey off; return 200; }""" % ON)
    jar = Jar()
    uris = ["/index.html?utm_campaign=c%20d", "/none?t=call", "/not", "/off"]

    for uri in uris:
        ng.get(uri, jar=jar)

    rows = ng.rows()
    with open(os.path.join(ng.dir, "v.log")) as f:
        lines = f.read().splitlines()

    visitor = "%016x" % rows[0]["visitor"]
    assert len(rows) == 2
    assert lines == [
        "%s|%s|1|a|/index.html|c d|1" % (uris[0], visitor),
        "%s|%s|0|b|call||1" % (uris[1], visitor),
        "%s|%s|0|a|/not||0" % (uris[2], visitor),
        "%s|-|-|-|-|-|-" % uris[3],
    ]
    assert [(r["stage"], r["touchpoint"], r["campaign"]) for r in rows] == [
        ("a", "/index.html", "c d"), ("b", "call", "")]


def test_variables_without_consent(nginx):
    ng = nginx(server="""journey on; journey_privacy consent;
        journey_consent $arg_yes;
        set $new $journey_visitor_new;
        location / { return 200 "$journey_visitor,$new,$journey_campaign"; }
        """)
    assert ng.get("/?utm_campaign=c").text == ",0,"
    answer = ng.get("/?utm_campaign=c&yes=1")
    assert re.fullmatch("[0-9a-f]{16},1,c", answer.text)
    assert answer.one("Set-Cookie").startswith(COOKIE + "=")
    rows = ng.rows()
    assert rows[0]["visitor"] is None
    assert "%016x" % rows[1]["visitor"] == answer.text.split(",")[0]


@pytest.mark.parametrize("mode", ["full", "consent", "exempt", "cookieless",
                                  "beacon"])
def test_variables_of_a_server_with_another_privacy(nginx, mode):
    """What was asked for before the location was known binds nobody."""

    inner = ("journey_beacon;" if mode == "beacon" else
             "journey_privacy %s; try_files /index.html =404;" % mode)
    ng = nginx(http="journey_stages look;", server="""
        journey on; journey_privacy full; journey_consent $arg_yes;
        set $early $journey_visitor;
        location / { journey_field early $early; %s }
        location /not { return 204; }""" % inner)

    said = "touchpoint=t" if mode == "beacon" else "utm_campaign=c"
    sent = []

    for consent in ("", "&yes=1"):
        if mode != "beacon" or not consent:
            answer = ng.get("/a?" + said + consent,
                            {"Sec-Fetch-Site": "same-origin"})
            assert answer.status == (204 if mode == "beacon" else 200)
            minted = mode in ("full", "exempt", "consent" if consent else "")
            assert len(answer.all("Set-Cookie")) == minted
            sent.append(minted)

    rows = ng.rows()
    assert len(rows) == len(sent)

    for row, minted in zip(rows, sent):
        assert ("new" in flags(row)) == minted == ("sent" in flags(row))

        if minted:
            assert "%016x" % row["visitor"] == row["x_early"]

        elif mode != "cookieless":
            assert row["visitor"] is None

        assert (row["campaign"] == "c") == (
            mode in ("full", "cookieless") or (mode == "consent" and minted))


def test_value_that_asks_for_itself(nginx):
    """A consent or a stage that leads back to the visitor ends."""

    ng = nginx(server="journey on; journey_privacy consent;"
               " journey_consent $journey_visitor;"
               " journey_field v $journey_visitor_new;")
    assert ng.get("/").status == 200
    row, = ng.rows()
    assert (row["visitor"], row["x_v"]) == (None, "0")
