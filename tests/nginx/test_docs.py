"""docs/DIRECTIVES.md against the command table, the variables and nginx."""

import os
import re

import pytest

from conftest import TOP

DOCS = os.path.join(TOP, "docs", "DIRECTIVES.md")
MODULE = os.path.join(TOP, "src", "module")
LEVELS = {"http": "NGX_HTTP_MAIN_CONF", "server": "NGX_HTTP_SRV_CONF",
          "location": "NGX_HTTP_LOC_CONF"}


def read(*path):
    with open(os.path.join(*path)) as f:
        return f.read()


def table():
    """The command table: name -> set of nginx's flags."""

    text = read(MODULE, "ngx_http_journey_module.c")
    macro = re.search(r"define NGX_HTTP_JOURNEY_CONF\s+\\\n\s+(\S+)", text)
    entries = re.findall(r'{ ngx_string\("(journey\w*)"\),\s+([\w|]+),', text)
    return {name: set(types.replace("NGX_HTTP_JOURNEY_CONF", macro.group(1))
                      .split("|")) for name, types in entries}


def sections():
    """The page: name -> text of its section."""

    text = read(DOCS).split("\n## ")
    directives, = [t for t in text if t.startswith("Directives\n")]
    parts = re.split(r"^### (\w+)$", directives, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2]))


def test_same_directives_in_the_same_order():
    assert len(table()) >= 15
    assert list(sections()) == list(table())


@pytest.mark.parametrize("name", table())
def test_syntax_default_context_phase(name):
    text, flags = sections()[name], table()[name]
    syntax = re.search(r"^    Syntax:   (.+);$", text, re.M).group(1)
    context = re.search(r"^    Context:  (.+)$", text, re.M).group(1)

    assert re.search(r"^    Default:  (%s .+;|—)$" % name, text, re.M)
    assert re.search(r"^    Phase:    \S+", text, re.M)
    assert syntax.split()[0] == name
    assert {LEVELS[c] for c in context.split(", ")} == flags & set(
        LEVELS.values())

    if syntax == name + " on | off":
        assert "NGX_CONF_FLAG" in flags
        return

    if syntax == name:
        assert flags - set(LEVELS.values()) == {"NGX_CONF_NOARGS"}
        return

    # how many arguments the syntax admits

    lowest = highest = 0
    for word in re.findall(r"\[[^]]*\]|\S+", syntax.split(" ", 1)[1]):
        if word == "|":
            break
        if word == "...":
            highest = 99
        elif word.startswith("["):
            highest += 1
        else:
            lowest, highest = lowest + 1, highest + 1

    arity = flags - set(LEVELS.values())

    if "NGX_CONF_NOARGS" in arity:
        assert arity == {"NGX_CONF_NOARGS", "NGX_CONF_TAKE1"}
        assert (lowest, highest) == (0, 1)
        return

    lowest = max(lowest, 1)
    takes = {"NGX_CONF_TAKE1": (1, 1), "NGX_CONF_TAKE2": (2, 2),
             "NGX_CONF_TAKE12": (1, 2), "NGX_CONF_TAKE123": (1, 3)}
    arity, = arity

    if arity == "NGX_CONF_1MORE":
        assert lowest == 1 and highest > 3
    else:
        assert takes[arity] == (lowest, highest)


@pytest.mark.parametrize("name", table())
def test_example(config, name):
    """Each directive's example is what nginx accepts, at its level."""

    example = re.findall(r"^```nginx (http|server)\n(.+?)^```$",
                         sections()[name], re.M | re.S)
    assert example

    for level, text in example:
        assert re.search(r"\b%s[ ;]" % name, text)
        text = re.sub(r"journey_log +\S+", "journey_log LOG", text)
        ng = config(log=False, **{level: text + "\n# LOG\n"})
        ng.edit("LOG", ng.log)
        if "journey_visitor" in text:
            ng.edit("http {", "http {\njourney_key journey.key;")
        if "journey " in text and "journey_log" not in text:
            ng.edit("http {", "http {\njourney_log off;")
        with open(os.path.join(ng.dir, "journey.key"), "w") as f:
            f.write("00112233445566778899aabbccddeeff\n"
                    "login ffeeddccbbaa99887766554433221100\n")
        os.chmod(f.name, 0o600)
        code, said = ng.test()
        assert code == 0, said


def test_defaults_are_the_compiled_ones():
    text = sections()
    conf = read(MODULE, "ngx_http_journey_cookie_conf.h")
    days = re.search(r"EXPIRES_S \((\d+) \* 24 \* 60 \* 60\)", conf).group(1)
    name = re.search(r'COOKIE_NAME\s+"(\w+)"', conf).group(1)
    assert "journey_cookie %s path=/ expires=%sd " % (name, days) in (
        text["journey_cookie"])

    log = read(MODULE, "ngx_http_journey_log.c")
    spool = re.search(r'SPOOL_FOLDER\s+"(\S+)"', log).group(1)
    assert re.search(r"SPOOL_SIZE\s+\(2 \* 1024 \* 1024\)", log)
    assert "journey_spool %s size=2m;" % spool in text["journey_spool"]
    log = read(MODULE, "ngx_http_journey_log_conf.c")
    assert re.search(r"LOG_FLUSH\s+60000", log) and "(60s)" in (
        text["journey_log"])


def test_click_ids():
    code = read(MODULE, "ngx_http_journey_url.c")
    known = re.findall(r'param\("(\w+)", NGX_HTTP_JOURNEY_PART_CLICK', code)
    text = re.sub(r"\s+", " ", sections()["journey_campaign"])
    assert len(known) > 10
    assert "never its value: " + ", ".join(known) + "." in text


def test_variables():
    code = read(MODULE, "ngx_http_journey_variables.c")
    table = re.findall(r'ngx_string\("(journey_\w+)"\)', code)
    documented = re.findall(r"^\| `\$(journey_\w+)` \|", read(DOCS), re.M)
    assert table == documented


def test_links_lead_somewhere():
    text = read(DOCS)
    headings = {h.lower().replace(" ", "-")
                for h in re.findall(r"^#+ (.+)$", text, re.M)}
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links

    for link in links:
        if link.startswith("https://"):
            continue
        if link.startswith("#"):
            assert link[1:] in headings, link
        else:
            assert os.path.exists(os.path.join(TOP, "docs", link)), link
