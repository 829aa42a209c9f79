"""The runner counts what happened, and a crash or an empty run fails."""

import importlib.machinery
import importlib.util
import os
import subprocess

import pytest

TOP = os.path.normpath(os.path.join(os.path.dirname(__file__), "../.."))

loader = importlib.machinery.SourceFileLoader(
    "run", os.path.join(TOP, "tests/run"))
run = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)


def counts(tally):
    return tally.passed, len(tally.failures), tally.skipped


@pytest.mark.parametrize("script,expected", [
    ("echo 1..2; echo 'ok 1 - a'; echo 'ok 2 - b'", (2, 0, 0)),
    ("echo 1..2; echo 'ok 1 - a'; echo 'not ok 2 - b'; exit 1", (1, 1, 0)),
    ("echo 1..2; echo 'ok 1 - a'; echo 'ok 2 # SKIP b'", (1, 0, 1)),
    ("echo 1..2; echo 'ok 1 - a'; kill -SEGV $$", (1, 1, 0)),
    ("echo 1..1; echo 'ok 1 - a'; exit 23", (1, 1, 0)),
    ("echo nothing to do", (0, 1, 0)),
])
def test_unit_program(tmp_path, script, expected):
    path = tmp_path / "test_x"
    path.write_text("#!/bin/sh\n" + script + "\n")
    path.chmod(0o755)

    assert counts(run.run_unit_program(str(path), dict(os.environ))) \
        == expected


@pytest.mark.parametrize("script,expected", [
    ("echo a $TMP; echo b >&2; exit 3", (1, 0, 0)),
    ("echo A $TMP; echo b >&2; exit 3", (0, 1, 0)),
    ("echo a $TMP; echo b >&2; exit 0", (0, 1, 0)),
    ("echo a $TMP; exit 3", (0, 1, 0)),
])
def test_cli_script(tmp_path, script, expected):
    path = tmp_path / "x.sh"
    path.write_text(script)
    (tmp_path / "x.stdout").write_text("a $TMP\n")
    (tmp_path / "x.stderr").write_text("b\n")
    (tmp_path / "x.exit").write_text("3\n")

    got = run.run_cli_script(str(path), dict(os.environ))
    assert counts(run.compare_cli(str(path), got)) == expected


POOL = """==1==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 1024 byte(s) in 1 object(s) allocated from:
    #0 0x1 in posix_memalign
    #1 0x2 in ngx_create_pool src/core/ngx_palloc.c:23
    #2 0x3 in main src/core/nginx.c:253

"""
OURS = """Direct leak of 77 byte(s) in 1 object(s) allocated from:
    #0 0x1 in malloc
    #1 0x2 in ngx_http_journey_x src/module/ngx_http_journey_x.c:7

"""
UNDEFINED = "%s:84:5: runtime error: null pointer passed as argument 2\n"


@pytest.mark.parametrize("text,expected", [
    (POOL, 0),
    (POOL + OURS, 1),
    (OURS, 1),
    (UNDEFINED % "src/core/ngx_string.c", 0),
    (UNDEFINED % "/x/src/module/ngx_http_journey_x.c", 1),
    ("==1==ERROR: AddressSanitizer: heap-use-after-free on address\n", 1),
    ("WARNING: ThreadSanitizer: data race (pid=1)\n", 1),
])
def test_sanitizer_reports(tmp_path, text, expected):
    (tmp_path / "sanitizer.1").write_text(text)

    assert len(run.sanitizer_reports(str(tmp_path))) == expected


def test_an_empty_run_fails():
    p = subprocess.run([os.path.join(TOP, "tests/run"), "--only",
                        "no test has this name", "cli"],
                       stdout=subprocess.PIPE)

    assert p.returncode == 1
    assert p.stdout.decode().splitlines()[-1] == "0 passed, 0 failed"
