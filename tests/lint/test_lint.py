"""The tree obeys the rules of lint.py, and each rule can fail."""

import os
import shutil
import subprocess

import pytest

import lint

TOP = os.path.normpath(os.path.join(os.path.dirname(__file__), "../.."))

GOOD_C = """/* X - a file. */

#include "%s.h"


int
x(void)
{
    return 0;
}
"""

GOOD_H = """/* X - a header. */

#ifndef X_H
#define X_H

int x(void);

#endif
"""


@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.__name__)
def test_tree(rule):
    found = list(rule(TOP))
    assert not found, "\n" + "\n".join(found)


def tree(tmp_path, files):
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    return str(tmp_path)


def function(lines, name="x"):
    return "int\n%s(void)\n{\n%s}\n" % (name, "    y();\n" * (lines - 2))


def include(*headers):
    return "/* X */\n\n" + "".join('#include "%s"\n' % h for h in headers)


JOURNEY = "tools/journey/"

# rule, what it says, and a tree that breaks it in this one way.

BROKEN = [
    (lint.layers, "may not include", {
        "src/format/jny_x.c": include("base/buf.h"),
        JOURNEY + "base/buf.h": GOOD_H}),
    (lint.layers, "may not include", {
        JOURNEY + "base/x.c": include("jny_x.h"), "src/format/jny_x.h": ""}),
    (lint.layers, "may not include", {
        JOURNEY + "base/x.c": include("engine/run.h"),
        JOURNEY + "engine/run.h": ""}),
    (lint.layers, "may not include", {
        JOURNEY + "engine/x.c": include("analysis/funnel.h"),
        JOURNEY + "analysis/funnel.h": ""}),
    (lint.layers, "may not include", {
        JOURNEY + "analysis/funnel.c": include("analysis/paths.h"),
        JOURNEY + "analysis/paths.h": ""}),
    (lint.layers, "may not include", {
        JOURNEY + "analysis/funnel.c": include("engine/run.h"),
        JOURNEY + "engine/run.h": ""}),
    (lint.layers, "may not include", {
        JOURNEY + "analysis/funnel.c": include("jny_block.h"),
        "src/format/jny_block.h": ""}),
    (lint.layers, "may not include", {
        JOURNEY + "render/text.c": include("engine/input.h"),
        JOURNEY + "engine/input.h": ""}),
    (lint.layers, "may not include", {
        "tools/loggen/main.c": include("base/buf.h"),
        JOURNEY + "base/buf.h": ""}),
    (lint.layers, "may not include", {
        "src/module/ngx_http_journey_x.c": include("base/buf.h"),
        JOURNEY + "base/buf.h": ""}),
    (lint.layers, "not there", {
        "src/format/jny_x.c": include("jny_missing.h")}),
    (lint.layers, "in no layer", {"src/other/x.c": "/* X */\n"}),

    (lint.own_header_first, "first", {
        "src/format/jny_x.c": include("jny_y.h", "jny_x.h"),
        "src/format/jny_x.h": "", "src/format/jny_y.h": ""}),

    (lint.headers_alone, "(gcc)", {
        "src/format/jny_x.h": "/* X */\nuint32_t  x(void);\n"}),
    (lint.headers_alone, "(clang)", {
        JOURNEY + "x.h": "/* no guard */\ntypedef struct { int  a; } x_t;\n"}),

    (lint.prefixes, "jny_", {"src/format/time.h": GOOD_H}),
    (lint.prefixes, "ngx_http_journey_", {"src/module/jny_x.c": ""}),

    (lint.sizes, "a function of 71", {
        "src/format/jny_x.c": function(71)}),
    (lint.sizes, "601 lines", {
        "src/format/jny_x.c": "\n" * 601}),
    (lint.sizes, "602 lines", {
        "src/format/jny_x.c": "\n" * 602 + "int  t[] = {\n" + "    1,\n" * 9
                              + "};\n"}),

    (lint.banned, "strcpy", {
        JOURNEY + "x.c": "/* X */\nint x = strcpy(a, b);\n"}),
    (lint.banned, "sprintf", {
        JOURNEY + "x.c": "x = \"sprintf\"; sprintf (a, b);\n"}),
    (lint.banned, "atoi", {JOURNEY + "x.c": "x = (int) atoi(a);\n"}),
    (lint.banned, "malloc", {"src/format/jny_x.c": "x = malloc(1);\n"}),

    (lint.dialect, "its purpose", {"src/format/jny_x.c": "int  x;\n"}),
    (lint.dialect, "80 columns", {
        "src/format/jny_x.c": "/* X */\nint  %s;\n" % ("x" * 80)}),
    (lint.dialect, "a tab", {"src/format/jny_x.c": "/* X */\n\tx\n"}),
    (lint.dialect, "a blank at", {"src/format/jny_x.c": "/* X */ \n"}),
    (lint.dialect, "// comment", {"src/format/jny_x.c": "/* X */\nx; // y\n"}),
    (lint.dialect, "unfinished", {"src/format/jny_x.c": "/* TODO */\n"}),
    (lint.dialect, "one newline", {"src/format/jny_x.c": "/* X */\n\n"}),
    (lint.dialect, "else", {
        "src/format/jny_x.c": "/* X */\n    } else\n    {\n"}),
    (lint.dialect, "brace alone", {
        "src/format/jny_x.c": "/* X */\n    if (a\n        && b) {\n"}),
    (lint.dialect, "two blank lines", {
        "src/format/jny_x.c": "/* X */\n\n\nint  y;\n\n/* Z */\n\nint\n"
                              "x(void)\n{\n}\n"}),
    (lint.dialect, "two blank lines", {
        "src/format/jny_x.c": "/* X */\n\n\nint  y;\n\nint\nx(void)\n{\n}\n"}),

    (lint.tied_to_a_machine, "/root", {
        "README.md": "see /" + "root/x\n"}),
    (lint.tied_to_a_machine, "debian", {
        "tools/x.sh": "curl http://deb." + "debian.org/\n"}),
]


@pytest.mark.parametrize("rule,what,files", BROKEN,
                         ids=["%s-%s" % (r.__name__, w) for r, w, _ in BROKEN])
def test_rule_can_fail(tmp_path, rule, what, files):
    found = list(rule(tree(tmp_path, files)))

    assert len(found) >= 1
    assert all(what in text or rule is lint.headers_alone for text in found)
    assert any(what in text for text in found)


def test_rules_pass_what_is_allowed(tmp_path):
    root = tree(tmp_path, {
        "src/format/jny_x.h": GOOD_H,
        "src/format/jny_x.c": GOOD_C % "jny_x" + "\n\n/* Y */\n\n"
                              + function(70, "y"),
        "src/module/ngx_http_journey_x.c": "/* X */\n" + include("jny_x.h"),
        JOURNEY + "base/buf.h": GOOD_H,
        JOURNEY + "engine/journey.h": GOOD_H,
        JOURNEY + "analysis/funnel.h": GOOD_H,
        JOURNEY + "analysis/funnel.c": include("analysis/funnel.h",
                                               "engine/journey.h",
                                               "base/buf.h"),
        JOURNEY + "render/text.c": include("analysis/funnel.h"),
        JOURNEY + "cmd_x.c": include("analysis/funnel.h", "jny_x.h")
        + '\n\n/* strcpy(a, b) */ const char  *x = "strcpy(";\n'
        + "    x->free(ngx_sprintf(a, 1));\n",
        "README.md": "a /usr/bin path, https://nginx.org/\n",
    })

    for rule in lint.RULES:
        if rule not in (lint.config_lists, lint.format_globals):
            assert list(rule(root)) == [], rule.__name__


def test_format_globals_can_fail(tmp_path):
    root = tree(tmp_path, {"x.c": "static int n; int f(void); "
                                  "int f(void) { return ++n; }\n"})
    os.mkdir(os.path.join(root, "build"))
    subprocess.run(["gcc", "-c", "-o", "x.o", "x.c"], cwd=root, check=True)
    subprocess.run(["ar", "rcs", "build/libjny.a", "x.o"], cwd=root,
                   check=True)

    assert "a global" in list(lint.format_globals(root))[0]


def test_config_lists_can_fail(tmp_path):
    root = tree(tmp_path, {"src/format/jny_new.c": ""})
    os.mkdir(os.path.join(root, "tools"))
    shutil.copy(os.path.join(TOP, "config"), root)
    shutil.copy(os.path.join(TOP, "tools/config-files.sh"),
                os.path.join(root, "tools"))

    assert "make lists" in list(lint.config_lists(root))[0]


def addon(link, what):
    """Sources config as nginx's configure does; returns what it has set."""

    script = """
        ngx_addon_dir=%s
        ngx_module_link=%s
        HTTP_FILTER_MODULES="ngx_http_userid_filter_module \
                             ngx_http_headers_filter_module"
        . "$ngx_addon_dir/config"
        echo $%s
    """ % (TOP, link, what)

    nginx = os.path.join(TOP, "build/nginx/usr/share/nginx/src")
    return subprocess.run(["sh", "-e", "-c", script], cwd=nginx, check=True,
                          stdout=subprocess.PIPE).stdout.decode().split()


def test_filter_runs_after_the_headers_filter():
    """Lists are run from the end: in front means later."""

    assert addon("ADDON", "HTTP_FILTER_MODULES") == [
        "ngx_http_userid_filter_module", "ngx_http_journey_module",
        "ngx_http_headers_filter_module"]
    assert addon("DYNAMIC", "ngx_http_journey_module_ORDER") == [
        "ngx_http_journey_module", "ngx_http_headers_filter_module"]


def test_addon_names_its_files_by_full_path():
    sources = addon("DYNAMIC", "ngx_http_journey_module_SRCS")

    assert sources
    assert all(os.path.isfile(s) and os.path.isabs(s) for s in sources)
