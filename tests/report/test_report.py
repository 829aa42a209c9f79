"""`journey report`: a real browser opens the file, offline, and shows what the
JSON says; nothing that was logged becomes markup."""

import json
import os
import re
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOURNEY = os.environ.get("JOURNEY", os.path.join(TOP, "build", "journey"))
LOGGEN = os.environ.get("LOGGEN", os.path.join(TOP, "build", "loggen"))
sys.path.insert(0, os.path.join(TOP, "tests", "oracle"))

import jnywrite  # noqa: E402

ATTACKS = [
    "/<script>document.title='owned'</script>",
    "/</script><script>document.title='owned'</script>",
    "/\"><img src=x onerror=document.title='owned'>",
    "/<!--<script>",
    "/&lt;b&gt;&amp;",
    "/\u2028\u2029\u202etxt.exe",
    "/{{constructor.constructor('document.title=1')()}}",
]

DAY_MS = 86400000
T0 = 1767571200000


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless", "--no-sandbox", "--disable-gpu",
                     "--disable-quic", "--no-first-run",
                     "--disable-background-networking",
                     "--disable-component-update", "--disable-sync",
                     "--window-size=1200,2000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                              options=options)
    yield driver
    driver.quit()


def report(log, folder, *options):
    """(path of the page, its data as the json format prints it)."""
    page = os.path.join(folder, "report.html")
    subprocess.run([JOURNEY, "report", "-o", page, *options, log], check=True)
    data = json.loads(subprocess.run(
        [JOURNEY, "report", "--format", "json", *options, log], check=True,
        capture_output=True).stdout)
    return page, data


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("month"))
    log = os.path.join(folder, "month.jny")
    subprocess.run([LOGGEN, "--events", "300000", "-o", log], check=True)
    return report(log, folder)


def opened(browser, page):
    browser.get_log("browser")
    browser.get("file://" + page)
    complaints = [e for e in browser.get_log("browser")
                  if e["level"] in ("SEVERE", "WARNING")]
    assert not complaints, complaints
    return browser.execute_script("return document.body.innerText")


def test_a_month_is_drawn(browser, month):
    page, data = month
    text = opened(browser, page)

    assert data["headline"] in text
    assert "decision" in data["headline"]
    for step in data["funnel"]["steps"]:
        assert step["name"] in text
        assert f"{step['count']:,}" in text
    drop = max(data["funnel"]["steps"], key=lambda s: s["dropped"])
    worst = browser.find_elements("css selector", ".worst")
    assert [w.text for w in worst] == [f"{drop['dropped']:,}"]

    # Bars are as long as the shares they stand for.
    widths = browser.execute_script(
        "return [...document.querySelectorAll('.bar')].map(b => "
        "b.firstChild.getBoundingClientRect().width"
        " / b.getBoundingClientRect().width)")
    for width, step in zip(widths, data["funnel"]["steps"]):
        assert width == pytest.approx(step["from_first"], abs=0.01)

    # Each path's figures stand in its own row, each in its own cell.
    shown = browser.execute_script(
        "const of = [...document.querySelectorAll('table')].find(t => "
        "t.querySelector('th').textContent == 'Path');"
        "return [...of.querySelectorAll('tbody tr')].map(r => "
        "[[...r.querySelectorAll('.path span')].map(s => s.textContent),"
        " ...[...r.children].slice(1).map(c => c.innerText.split(/\\s+/))])")
    other = data["paths"]["other"]
    assert shown == [
        [row["path"], [f"{row['count']:,}"], [f"{row['visitors']:,}"],
         [f"{row['converted']:,}",
          f"{100 * row['converted'] / row['count']:.1f}%"]]
        for row in data["paths"]["paths"]] + [
        [[], [f"{other['count']:,}"], [""],
         [f"{other['converted']:,}",
          f"{100 * other['converted'] / other['count']:.1f}%"]]]
    assert (sum(row["count"] for row in data["paths"]["paths"])
            + other["count"] == data["paths"]["totals"]["count"])

    # The planted page is marked, the one without effect is not.
    verdicts = {row["page"]: row["verdict"] for row in data["pages"]["rows"]
                if row["campaign"] == "(all)"}
    assert verdicts["/size-guide"] == "better"
    assert verdicts["/faq"] == "no clear difference"
    marked = browser.find_elements("css selector", "td .better")
    clear = [row for row in data["pages"]["rows"]
             if row["verdict"] == "better"]
    assert clear and len(marked) >= len(
        [row for row in clear if row["campaign"] == "(all)"])
    assert all(m.text.startswith("\u25b2") for m in marked)

    # Definitions and sample sizes stand at the foot.
    foot = browser.find_element("css selector", "footer").text
    assert "95%" in foot and f"{data['input']['events']:,}" in foot
    assert "association" in text.lower()


def test_cuts_are_said_and_top_is_obeyed(browser, month, tmp_path):
    page, data = month
    text = opened(browser, page)
    assert data["top"] == 20
    assert (f"The top 20 of {data['paths']['totals']['distinct']:,} different"
            " paths") in text
    assert (f"The top 20 of {data['pages']['totals']['across']:,} comparisons"
            in text)
    assert (f"carries the {len(data['pages']['rows']):,} comparisons that tell"
            f" most, of {data['pages']['totals']['rows']:,}.") in text

    log = os.path.join(os.path.dirname(page), "month.jny")
    page, data = report(log, str(tmp_path), "--top", "3")
    text = opened(browser, page)
    assert "The top 3 of " in text and "top 20" not in text
    rows = browser.execute_script(
        "return [...document.querySelectorAll('tbody')]"
        ".map(b => b.children.length)")
    # funnel; money; 3 paths, 3 edges, each and the others; matrix; detail;
    # across
    assert rows == [len(data["funnel"]["steps"]), 2, 4, 4, 3, 3, 3]


def test_where_they_turn_next(browser, month):
    page, data = month
    text = opened(browser, page)
    edges = [e for e in data["paths"]["edges"] if e["step"] == 2]
    total = sum(e["count"] for e in edges)
    assert "Where they turn next" in text
    browser.find_elements("css selector", "select option")[1].click()
    rows = browser.execute_script(
        "return [...document.querySelectorAll('.controls')][0].nextSibling"
        ".querySelectorAll('tbody tr').length")
    first = browser.find_element("css selector",
                                 ".controls + div tbody tr").text
    assert rows == len(edges)
    assert f"{edges[0]['count']:,}" in first
    assert f"{100 * edges[0]['count'] / total:.1f}%" in first
    assert edges[0]["from"] in first and edges[0]["to"] in first


def test_the_selection_is_said(browser, month, tmp_path):
    page, data = month
    opened(browser, page)
    line = browser.find_element("css selector", ".selection").text
    assert line == ("Counted: all events but those of bots \u00b7 goal"
                    " purchase \u00b7 time zone " +
                    data["definitions"]["timezone"])

    log = os.path.join(os.path.dirname(page), "month.jny")
    page, _ = report(log, str(tmp_path), "--where", "page!~<b>*", "--visitors",
                     "campaign=influencer", "--start", "2026-01-10", "--end",
                     "2026-01-20", "--bots", "include", "--goal",
                     "stage=decision", "--tz", "UTC")
    opened(browser, page)
    line = browser.find_element("css selector", ".selection").text
    assert line == (
        "Counted: events where page!~<b>* \u00b7 visitors with"
        " campaign=influencer \u00b7 from 2026-01-10 00:00 UTC \u00b7 before"
        " 2026-01-20 00:00 UTC \u00b7 bots counted like people \u00b7 goal"
        " stage=decision \u00b7 time zone UTC")


def table_of(browser, title):
    """The rows, as lists of texts, of the first table under a heading."""
    return browser.execute_script(
        "const of = [...document.querySelectorAll('section')].find(s =>"
        " s.querySelector('h2').textContent == arguments[0]);"
        "return [...of.querySelector('table').querySelectorAll('tbody tr')]"
        ".map(r => [...r.children].map(c => c.innerText))", title)


def test_the_money_adds_up(browser, month):
    """Gross less refunds is the tile's net; gross less what is outside
    journeys is the value of the funnel's purchases."""
    page, data = month
    opened(browser, page)
    number = lambda text: round(100 * float(text.replace(",", "")))
    rows = table_of(browser, "Money")
    bought = next(s["value"] for s in data["funnel"]["steps"]
                  if s["name"] == "purchase")
    assert [row[0] for row in rows] == ["EUR", "USD"]
    for row in rows:
        gross, refunds, net, outside = (number(row[i]) for i in (2, 3, 4, 6))
        assert gross - refunds == net and refunds > 0 and outside > 0
        assert gross - outside == round(100 * bought[row[0]])
        assert int(row[5]) > 0 and int(row[7]) > 0
    tiles = browser.find_element("css selector", ".tiles").text
    assert f"{round(number(rows[0][4]) / 100):,} EUR" in tiles
    assert "visitors, without bots" in tiles
    assert "events read, with those of bots" in tiles


def test_empty_cells_say_why(browser, month):
    page, data = month
    text = opened(browser, page)
    rows = data["pages"]["rows"]
    assert len(rows) < data["pages"]["totals"]["rows"]
    heads = browser.execute_script(
        "return [...document.querySelectorAll('table')].find(t =>"
        " t.querySelector('th').textContent == 'Page')"
        ".querySelectorAll('th')")
    campaigns = [h.get_attribute("textContent") for h in heads][1:]
    carried = {(r["page"], r["campaign"]): r for r in rows}
    cut = 0
    for page, *cells in table_of(
            browser, "Which pages go with buying, campaign by campaign"):
        for campaign, cell in zip(campaigns, cells):
            row = carried.get((page, campaign))
            if row is None:
                assert cell == "not carried"
                cut += 1
            elif row["verdict"] == "too few":
                assert cell == f"n {row['visitors']:,}"
            else:
                assert "%" in cell
    assert cut > 0
    assert "n: too few to compare" in text
    assert f"not among the first {len(rows):,} comparisons" in text


@pytest.mark.parametrize("width", [760, 900, 1000, 1280])
def test_step_names_are_whole(browser, month, width):
    page, data = month
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 1000, "deviceScaleFactor": 1,
        "mobile": False})
    try:
        opened(browser, page)
        lines = browser.execute_script(
            "const range = document.createRange();"
            "return [...document.querySelectorAll('td.name')].map(td => {"
            " range.selectNodeContents(td);"
            " return [td.textContent, new Set([...range.getClientRects()]"
            ".map(r => r.top)).size]; })")
        assert lines == [[s["name"], 1] for s in data["funnel"]["steps"]]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_young_log_says_so(browser, tmp_path):
    log = str(tmp_path / "young.jny")
    subprocess.run([LOGGEN, "--events", "5000", "--days", "4", "-o", log],
                   check=True)
    page, data = report(log, str(tmp_path))
    assert data["pages"]["headline"] in opened(browser, page)
    assert data["pages"]["headline"].startswith("Too young to compare")
    assert "followed for 7d" in data["pages"]["headline"]
    assert "covers 3d 23h" in data["pages"]["headline"]
    assert "--horizon" in data["pages"]["headline"]

    page, data = report(log, str(tmp_path), "--horizon", "1h")
    assert "Too young" not in opened(browser, page)


def test_the_foot_is_in_words(browser, month):
    page, _ = month
    opened(browser, page)
    foot = browser.find_element("css selector", "footer")
    assert not re.search(r"\w_\w|\bms\b|[{}\[\]]", foot.text), foot.text
    assert len(foot.find_elements("css selector", "dt")) > 25


@pytest.mark.parametrize("width", [1280, 1000, 400])
def test_nothing_overflows(browser, month, width):
    """No table is wider than its place, and the page not than the window."""

    page, _ = month
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 1000, "deviceScaleFactor": 1,
        "mobile": False})
    try:
        opened(browser, page)
        assert browser.execute_script(
            "return document.documentElement.scrollWidth") <= width
        over = browser.execute_script(
            "return [...document.querySelectorAll('.scroll, td')]"
            ".filter(n => n.scrollWidth > n.clientWidth + 1)"
            ".map(n => n.innerText.slice(0, 80))")
        assert over == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_page_can_be_narrowed(browser, month):
    page, data = month
    opened(browser, page)
    options = browser.find_elements("css selector", "select")[
        1].find_elements("css selector", "option")
    campaigns = [o.text for o in options]
    assert campaigns[0] == "(all)" and "influencer" in campaigns
    before = browser.execute_script("return document.body.innerText")
    options[campaigns.index("influencer")].click()
    assert browser.execute_script("return document.body.innerText") != before
    box = browser.find_element("css selector", "input[type=checkbox]")
    box.click()
    rows = browser.execute_script(
        "return document.querySelectorAll('.controls')[1].nextSibling"
        ".querySelectorAll('tbody tr').length")
    assert rows == len([r for r in data["pages"]["rows"]
                        if r["campaign"] == "influencer"
                        and r["verdict"] in ("better", "worse")])


def test_logged_text_is_never_markup(browser, tmp_path):
    rows = []
    for visitor in range(1, 200):
        for i, page in enumerate(ATTACKS):
            rows.append({"time": T0 + visitor * 1000 + i, "visitor": visitor,
                         "stage": "<b>look</b>" if i % 2 else "buy",
                         "page": page, "status": 200, "host": ATTACKS[2],
                         "campaign": ATTACKS[i], "source": ATTACKS[0],
                         "value": 10000 if i == 6 else 0,
                         "currency": "<i>EUR" if i == 6 else "",
                         "order": f"{visitor}" if i == 6 else ""})
    rows.append({"time": T0 + 20 * DAY_MS, "visitor": 1, "stage": "buy",
                 "page": "/", "status": 200})
    rows.sort(key=lambda r: r["time"])
    log = str(tmp_path / "attack.jny")
    jnywrite.write(log, [jnywrite.block(rows, ["<b>look</b>", "buy"], 7, 0, 0)])
    page, data = report(log, str(tmp_path))

    with open(page, encoding="utf-8") as f:
        source = f.read()
    carried = re.search(r'<script type="application/json" id="data">(.*?)'
                        r"</script>", source, re.S).group(1)
    assert "<" not in carried and ">" not in carried and "&" not in carried
    assert json.loads(carried) == data

    text = opened(browser, page)
    assert browser.title.startswith("Customer journeys")
    for selector in ("img", "td b", "td i:not(.bar i)", "main script"):
        assert not browser.find_elements("css selector", selector), selector
    assert "<b>look</b>" in text
    assert ATTACKS[0] in text


def test_the_page_asks_for_nothing(browser, tmp_path):
    log = str(tmp_path / "small.jny")
    subprocess.run([LOGGEN, "--events", "2000", "-o", log], check=True)
    page, _ = report(log, str(tmp_path))
    opened(browser, page)
    with open(page, encoding="utf-8") as f:
        source = f.read()
    assert "default-src 'none'" in source
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", source)
    assert browser.execute_script(
        "return performance.getEntriesByType('resource').length") == 0


def test_an_empty_log_says_so(browser, tmp_path):
    log = str(tmp_path / "empty.jny")
    open(log, "wb").close()
    page, data = report(log, str(tmp_path))
    text = opened(browser, page)
    assert data["input"]["events"] == 0
    assert data["headline"] in text
    assert "no events" in text
    assert "null" not in text
