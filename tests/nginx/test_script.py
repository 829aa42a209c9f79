"""conf-examples/journey.js in a real browser: its rows in the log."""

import os
import time

import pytest

from browser import browser
from conftest import TOP, flags, free_port, wait_for

SERVER = """
    journey_privacy %s;
    journey_consent $cookie_consent;
    location / { journey on; journey_stage look; journey_field visible_s ''; }
    location = /favicon.ico { return 204; }
    location = /journey.js { alias %s; }
    location = /beacon { journey on; journey_beacon; }"""

PAGE = """<!doctype html>
<title>shop</title>
<script src="/journey.js" data-url="/beacon" async></script>
<button id="stars" data-score="4"><b id="inside">****</b></button>
<button id="nps" data-score="9.5" data-kind="nps">likely</button>
<a id="in" href="/other.html">inside</a>
<a id="out" href="http://else.test:%d/">outside</a>
<a id="mail" href="mailto:a@shop.test">mail</a>
"""


class Shop:
    """A running shop, and a browser that looks at it."""

    def __init__(self, ng, driver, host):
        self.ng = ng
        self.driver = driver
        self.url = "http://%s:%d" % (host, ng.port)
        self.host = host

    def load(self, path):
        self.driver.get(self.url + path)
        self.ready(path)

    def ready(self, path):
        """Returns when this page's script runs."""

        wait_for(lambda: self.driver.execute_script(
            "return location.href == arguments[0] && !!window.journey",
            self.url + path), "the script of " + path)

    def click(self, name):
        self.driver.find_element("id", name).click()

    def headers(self, **headers):
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {
            "headers": {k.replace("_", "-"): v for k, v in headers.items()}})

    def told(self, n=None):
        """This host's beacons; with n, once there are so many."""

        def found():
            return [r for r in self.ng.rows(0) if r["host"] == self.host
                    and "beacon" in flags(r)]

        if n is not None:
            wait_for(lambda: len(found()) >= n, "%d beacons" % n)

        return found()

    def pages(self):
        return [r for r in self.ng.rows(0) if r["host"] == self.host
                and "beacon" not in flags(r)]


@pytest.fixture
def shop(nginx, tmp_path):
    open_now = []

    def start(privacy="full", host="shop.test"):
        port = free_port()
        page = PAGE % port
        ng = nginx(http="journey_stages look buy;", port=port,
                   server=SERVER % (privacy, os.path.join(
                       TOP, "conf-examples", "journey.js")),
                   files=dict.fromkeys(("index.html", "other.html",
                                         "last.html"), page))
        lent = browser(tmp_path / "profile")
        open_now.append(lent)
        return Shop(ng, lent.__enter__(), host)

    yield start

    for lent in open_now:
        lent.__exit__(None, None, None)


# To 127.0.0.1 a browser sends Sec-Fetch-Site, to http://shop.test only Origin.

@pytest.mark.parametrize("host", ["shop.test", "127.0.0.1"])
def test_clicks_and_leaving(shop, host):
    s = shop(host=host)
    before = time.time()
    s.load("/?utm_source=mail")
    s.driver.execute_async_script("setTimeout(arguments[0], 1600)")
    s.click("inside")
    s.click("nps")
    s.driver.execute_script(
        "document.getElementById('mail').onclick = () => false")
    s.click("mail")
    assert s.driver.execute_script(
        "return journey({touchpoint: 'video', stage: 'buy', value: '12.50',"
        " currency: 'EUR', order: 'A 1'})") is True
    s.click("in")
    s.told(4)
    stayed = time.time() - before
    s.ready("/other.html")
    s.click("out")
    told = s.told(6)

    page = s.pages()[0]
    assert page["source"] == "mail" and page["visitor"] is not None
    assert {r["visitor"] for r in told} == {page["visitor"]}
    assert all(flags(r) >= {"beacon", "returned"} for r in told)

    def fields(row):
        return tuple(row[k] for k in ("page", "touchpoint", "stage", "score",
                                      "score_kind", "value", "currency",
                                      "order"))

    empty = ("", None, "", None, "", "")
    assert sorted((fields(r) for r in told), key=str) == sorted([
        ("/", "rating", "", 400, "stars", None, "", ""),
        ("/", "rating", "", 950, "nps", None, "", ""),
        ("/", "video", "buy", None, "", 125000, "EUR", "A 1"),
        ("/", "left") + empty,
        ("/other.html", "left") + empty,
        ("/other.html", "out: else.test:%d" % s.ng.port) + empty], key=str)

    first, = [r for r in told if (r["touchpoint"], r["page"]) == ("left", "/")]
    assert 2 <= int(first["x_visible_s"]) <= stayed + 1


def test_left_is_told_once_and_when_the_tab_is_closed(shop):
    """Hidden behind another tab, looked at again and left: one touchpoint."""

    s = shop()
    s.load("/")
    old = s.driver.current_window_handle
    s.driver.switch_to.new_window("tab")
    s.load("/other.html")
    assert [r["page"] for r in s.told(1)] == ["/"]

    s.driver.close()
    assert [r["page"] for r in s.told(2)] == ["/", "/other.html"]

    s.driver.switch_to.window(old)
    s.driver.get("about:blank")
    s.load("/last.html")
    s.click("stars")
    assert [(r["page"], r["touchpoint"]) for r in s.told(3)] == [
        ("/", "left"), ("/other.html", "left"), ("/last.html", "rating")]


def test_consent(shop):
    """Before it beacons are counted and nobody's; then they are the page's
    visitor's."""

    s = shop("consent")
    s.load("/?utm_source=mail")
    s.click("stars")
    s.told(1)
    s.driver.execute_script("document.cookie = 'consent=1; path=/'")
    s.click("in")
    s.ready("/other.html")
    s.click("stars")
    rows = [r for r in s.told(3) if r["touchpoint"] == "rating"]
    pages = s.pages()

    assert (pages[0]["visitor"], pages[0]["source"]) == (None, "")
    assert (pages[1]["visitor"] is None, pages[1]["source"]) == (False, "mail")
    assert [r["visitor"] for r in rows] == [p["visitor"] for p in pages]
    assert ["consent" in flags(r) for r in rows] == [False, True]


def test_global_privacy_control_and_do_not_track(shop):
    """Sec-GPC hides a visitor who has a cookie already, DNT says nothing."""

    s = shop()
    s.headers(DNT="1")
    s.load("/")
    s.click("stars")
    s.told(1)
    s.headers(Sec_GPC="1")
    s.driver.execute_script("document.getElementById('nps').click()")
    rows = s.told(2)
    visitor = s.pages()[0]["visitor"]

    assert [(r["score_kind"], r["visitor"], "gpc" in flags(r))
            for r in rows] == [("stars", visitor, False), ("nps", None, True)]
    assert visitor is not None
