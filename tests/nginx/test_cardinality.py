"""Campaigns, referrers and fields that strangers make up: named up to a limit a
block, counted beyond it."""

import http.client

N = 3000
MAX = 1000


def test_too_many_campaigns(nginx):
    ng = nginx(http="journey_privacy full;", flush="1h", server="""
        location / { journey on; journey_field word $arg_word;
                     try_files /index.html =404; }""")
    c = http.client.HTTPConnection("127.0.0.1", ng.port, timeout=20)

    for i in range(N):
        c.request("GET", "/p%d?utm_campaign=c%d&word=w%d" % (i, i, i // 2),
                  headers={"Host": "h%d.test" % i,
                           "Referer": "http://r%d.test/" % i})
        c.getresponse().read()

    c.close()
    rows = ng.rows()
    assert len(ng.blocks()) == 1 and len(rows) == N

    for column, wanted in (("campaign", ["c%d" % i for i in range(MAX)]),
                           ("referrer", ["r%d.test" % i for i in range(MAX)]),
                           ("x_word", ["w%d" % (i // 2)
                                       for i in range(2 * MAX)])):
        assert [r[column] for r in rows] == (
            wanted + ["(other)"] * (N - len(wanted))), column

    # a page is never one of many, nor is a host, to which orders belong

    assert [(r["page"], r["host"]) for r in rows] == [
        ("/p%d" % i, "h%d.test" % i) for i in range(N)]
