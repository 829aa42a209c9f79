"""An access log, imported, says what the module logged of the same requests."""

import subprocess

from conftest import flags
from test_replay import JOURNEY

REQUESTS = [
    ("/", {}),
    ("/product/%37/../8//x/?q=1", {}),
    ("/a/%2e%2e/%41%0ab", {}),
    ("/caf%C3%A9/%ff", {}),
    ("/l?utm_source=google&utm_medium=cpc&utm_campaign=spring+sale%21", {}),
    ("/l?UTM_Source=%20news+&utm_source=second&gclid=1&fbclid=2", {}),
    ("/l?utm_campaign=&utm_campaign=late&utm_term=%FF&utm_content=a%26b", {}),
    ("/l?yclid=&utm_source", {}),
    ("/a", {"Referer": "https://www.Google.com/search?q=a"}),
    ("/a", {"Referer": "http://shop.test/x"}),
    ("/a", {"Referer": "http://SHOP.test:81"}),
    ("/a", {"Referer": "https://u:p@news.example./a"}),
    ("/a", {"Referer": "http://[2001:db8::2]:81/"}),
    ("/a", {"Referer": "nonsense"}),
    ("/a", {"Referer": 'http://quoted.example/"a"\\b'}),
    ("/a", {"User-Agent": 'quo"ted \\ \xe9', "Sec-Purpose": "prefetch"}),
    ("/a", {"User-Agent": "a" * 300, "Sec-GPC": "1"}),
    ("/missing", {}),
]

SAME = ["page", "touchpoint", "host", "source", "medium", "campaign", "term",
        "content", "referrer", "click", "status", "agent"]

FORMAT = ('$msec|$host|$request|$status|"$http_referer"|"$http_user_agent"|'
          '$http_sec_purpose|$http_sec_gpc|$journey_visitor')


def test_import_says_what_the_module_logged(nginx, tmp_path):
    ng = nginx(http="log_format mine '%s';" % FORMAT, server="""
        journey on;
        journey_privacy full;
        journey_gpc ignore;
        access_log %s/mine.log mine;
        location / { return 200 "ok"; }
        location /missing { return 404; }
    """ % tmp_path)

    for uri, headers in REQUESTS:
        ng.get(uri, headers)

    want = ng.rows(len(REQUESTS))
    assert [r["touchpoint"] for r in want if r["status"] >= 400]

    for r in want:
        if r["status"] >= 400:
            r["touchpoint"] = str(r["status"])     # docs/IMPORT.md

    subprocess.run([JOURNEY, "import", "--input", FORMAT, "-o",
                    tmp_path / "x.jny", tmp_path / "mine.log"], check=True)
    got = ng.rows(path=str(tmp_path / "x.jny"))

    def facts(rows):
        return [[r[k] for k in SAME]
                + [sorted(set(flags(r)) & {"speculative", "gpc",
                                           "same_host"}),
                   r["visitor"]] for r in rows]

    assert facts(got) == facts(want)
