/*
 * report.js - draws the report from the JSON the page carries.
 *
 * Everything logged (pages, campaigns, touchpoints) is an attacker's text: it
 * reaches the page through textContent alone.  Figures are drawn as given;
 * nothing is computed here that the document does not say.
 */

"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const main = document.querySelector("main");
  const numbers = new Intl.NumberFormat("en");

  /* make("td", "text", child, ...): children are nodes or text. */
  function make(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) {
      node.className = className;
    }
    for (const child of children) {
      if (child !== null && child !== undefined) {
        node.append(child instanceof Node ? child : String(child));
      }
    }
    return node;
  }

  const count = (n) => (n === null || n === undefined ? "–"
    : numbers.format(n));

  const percent = (ratio, digits = 1) =>
    (ratio === null || ratio === undefined ? "–"
      : `${(100 * ratio).toFixed(digits)}%`);

  const signed = (ratio) => (ratio === null || ratio === undefined ? "–"
    : `${ratio < 0 ? "−" : "+"}${Math.abs(100 * ratio).toFixed(0)}%`);

  const range = (interval, show) =>
    (Array.isArray(interval) && interval[0] !== null
      ? `${show(interval[0])} to ${show(interval[1])}` : "");

  function duration(ms) {
    if (ms === null || ms === undefined) {
      return "–";
    }
    const units = [["d", 86400000], ["h", 3600000], ["m", 60000], ["s", 1000]];
    for (let i = 0; i < units.length; i++) {
      const [name, size] = units[i];
      if (ms >= size) {
        const whole = Math.floor(ms / size);
        const next = units[i + 1];
        const rest = next ? Math.floor((ms % size) / next[1]) : 0;
        return `${whole}${name}${rest ? ` ${rest}${next[0]}` : ""}`;
      }
    }
    return `${Math.round(ms)}ms`;
  }

  /* Currencies are never added: a line each. */
  function money(value) {
    const lines = make("span");
    for (const [currency, amount] of Object.entries(value || {})) {
      lines.append(make("div", "", `${amount.toLocaleString("en", {
        minimumFractionDigits: 2, maximumFractionDigits: 2,
      })} ${currency}`));
    }
    return lines.hasChildNodes() ? lines : "–";
  }

  const day = (time) => String(time || "").slice(0, 10);

  /* heads: [title, "text" or ""]; rows: arrays of cells (nodes or text). */
  function table(heads, rows) {
    const head = make("tr");
    for (const [title, className] of heads) {
      const cell = make("th", className, title);
      cell.scope = "col";
      head.append(cell);
    }
    const body = make("tbody");
    for (const { cells, marked } of rows) {
      const row = make("tr", marked ? "marked" : "");
      cells.forEach((cell, i) => {
        row.append(make("td", heads[i][1] ? `${heads[i][1]} wrap` : "", cell));
      });
      body.append(row);
    }
    return make("div", "scroll",
      make("table", "", make("thead", "", head), body));
  }

  function section(title, lead, ...children) {
    main.append(make("section", "", make("h2", "", title),
      lead ? make("p", "lead", lead) : null, ...children));
  }

  function bar(ratio) {
    const fill = make("i");
    fill.style.width = `${Math.max(0, Math.min(1, ratio || 0)) * 100}%`;
    return make("div", "bar", fill);
  }

  const withSmall = (text, small) =>
    make("span", "", text, small ? make("br") : null,
      small ? make("small", "", small) : null);


  function header() {
    const input = data.input || {};
    main.append(make("header", "", make("h1", "", "Customer journeys"),
      make("p", "", input.from
        ? `${day(input.from)} to ${day(input.to)}` : "no events")));

    main.append(make("p", "headline", data.headline));

    const tiles = make("div", "tiles");
    const tile = (figure, label) => tiles.append(
      make("div", "tile", make("b", "", figure), make("span", "", label)));
    tile(count(input.visitors), "visitors");
    const goals = data.funnel && data.funnel.goals;
    if (goals) {
      tile(count(goals.visitors),
        `reached the goal: ${data.definitions.goal}`);
    }
    for (const sum of data.money || []) {
      if (sum.orders || sum.orders_without_id) {
        tile(`${sum.net.toLocaleString("en", { maximumFractionDigits: 0 })} ${
          sum.currency}`, `net, ${count(sum.orders
          + sum.orders_without_id)} orders`);
      }
    }
    tile(count(input.events), "touchpoints read");
    main.append(tiles);
  }


  function funnel() {
    const steps = (data.funnel && data.funnel.steps) || [];
    if (!steps.length) {
      return;
    }
    const worst = data.funnel.largest_drop && data.funnel.largest_drop.step;
    section("How far people get",
      "Who reached a later step has reached the ones before it, wherever they "
      + "came in.",
      table(
        [["Step", "text"], ["", "text"], ["Count", ""], ["Of the first", ""],
          ["Of the step before", ""], ["Left here", ""],
          ["Time from the step before", ""], ["Value", ""]],
        steps.map((step, i) => ({
          cells: [
            step.name,
            bar(step.from_first),
            count(step.count),
            percent(step.from_first),
            i ? withSmall(percent(step.from_previous),
              range(step.interval, percent)) : "",
            i ? make("span", step.step === worst ? "worst" : "",
              count(step.dropped)) : "",
            i && step.time_ms ? withSmall(duration(step.time_ms.p50),
              `90%: ${duration(step.time_ms.p90)}`) : "",
            money(step.value),
          ],
        }))));
  }


  function paths() {
    const rows = (data.paths && data.paths.paths) || [];
    if (!rows.length) {
      return;
    }
    section("What they do: the most frequent paths",
      "Touchpoints in a row within one session; repeats collapsed.",
      table(
        [["Path", "text"], ["Times", ""], ["Visitors", ""],
          ["Converted", ""]],
        rows.slice(0, 15).map((row) => {
          const chips = make("div", "path");
          for (const touchpoint of row.path) {
            chips.append(make("span", "", touchpoint));
          }
          return { cells: [chips, count(row.count), count(row.visitors),
            withSmall(count(row.converted),
              row.count ? percent(row.converted / row.count) : "")] };
        })));
  }


  const isClear = (row) => row.verdict === "better" || row.verdict === "worse";

  const mark = (row) => (row.verdict === "better" ? "\u25b2 "
    : row.verdict === "worse" ? "\u25bc " : "");

  const showQ = (q) => (q === null || q === undefined ? "–"
    : q < 0.001 ? "< 0.001" : q.toFixed(3));

  function verdict(row) {
    return make("span", isClear(row) ? row.verdict : "",
      mark(row) + row.verdict);
  }

  /* Pages down, campaigns across; a cell is the rate and its lift. */
  function matrix(rows, campaigns) {
    const cells = new Map();
    for (const row of rows) {
      if (!cells.has(row.page)) {
        cells.set(row.page, new Map());
      }
      cells.get(row.page).set(row.campaign, row);
    }
    const busy = (byCampaign) => Math.max(...[...byCampaign.values()].map(
      (row) => row.visitors));
    const shown = [...cells].sort(([, a], [, b]) =>
      [...b.values()].some(isClear) - [...a.values()].some(isClear)
      || busy(b) - busy(a)).slice(0, 25);
    return table(
      [["Page", "text"], ...campaigns.map((name) => [name, ""])],
      shown.map(([page, byCampaign]) => ({ cells: [page,
        ...campaigns.map((name) => {
          const row = byCampaign.get(name);
          if (!row || row.verdict === "too few") {
            return make("small", "", row ? `n ${count(row.visitors)}` : "");
          }
          return withSmall(make("span", isClear(row) ? row.verdict : "",
            mark(row) + percent(row.rate)), signed(row.lift));
        })] })));
  }

  function pageRows(rows, campaign, significant) {
    const shown = rows.filter((row) => row.campaign === campaign
      && (!significant || isClear(row)));
    return table(
      [["Page", "text"], ["Viewers", ""], ["Converted after", ""],
        ["Rate", ""], ["Matched others", ""], ["Lift", ""], ["q", ""],
        ["Verdict", "text"]],
      shown.slice(0, 60).map((row) => {
        return { marked: isClear(row), cells: [
          row.page, count(row.visitors), count(row.converted),
          withSmall(percent(row.rate, 2),
            range(row.interval, (v) => percent(v, 2))),
          withSmall(percent(row.baseline, 2),
            row.baseline_n ? `n ${count(row.baseline_n)}` : ""),
          withSmall(signed(row.lift), range(row.lift_interval, signed)),
          showQ(row.q), verdict(row),
        ] };
      }));
  }


  function pages() {
    const rows = (data.pages && data.pages.rows) || [];
    if (!rows.length) {
      return;
    }
    const viewers = new Map();
    for (const row of rows) {
      viewers.set(row.campaign, (viewers.get(row.campaign) || 0)
        + row.visitors);
    }
    const campaigns = [...viewers.keys()].sort((a, b) =>
      viewers.get(b) - viewers.get(a));
    const choice = make("select");
    campaigns.forEach((name) => choice.append(make("option", "", name)));
    const only = make("input");
    only.type = "checkbox";
    const holder = make("div");
    const draw = () => holder.replaceChildren(pageRows(rows,
      campaigns[choice.selectedIndex], only.checked));
    choice.addEventListener("change", draw);
    only.addEventListener("change", draw);
    draw();
    section("Which pages go with buying, campaign by campaign",
      "Viewers of a page against matched visitors who had not seen it at the "
      + "same point of their journey: how many bought afterwards, and how "
      + "that differs. \u25b2 and \u25bc mark differences that are not noise. "
      + "An association, not proof of cause.",
      matrix(rows, campaigns.slice(0, 8)),
      make("h3", "", "In detail"), make("div", "controls", make("label", "", "Campaign ", choice),
        make("label", "", only, " only clear differences")), holder);
  }


  function across() {
    const rows = (data.pages && data.pages.across) || [];
    if (!rows.length) {
      return;
    }
    section("The same page under different campaigns",
      "Viewers who came by a campaign against the same page's viewers who "
      + "came by the others.",
      table(
        [["Page", "text"], ["Campaign", "text"], ["Viewers", ""], ["Rate", ""],
          ["Others", ""], ["Lift", ""], ["q", ""], ["Verdict", "text"]],
        rows.slice(0, 40).map((row) => {
          return { marked: isClear(row), cells: [
            row.page, row.campaign, count(row.visitors), percent(row.rate, 2),
            percent(row.others_rate, 2),
            withSmall(signed(row.lift), range(row.lift_interval, signed)),
            showQ(row.q), verdict(row),
          ] };
        })));
  }


  function words(value) {
    if (value === null || value === undefined) {
      return "–";
    }
    if (Array.isArray(value)) {
      return value.map(words).join(", ");
    }
    if (typeof value === "object") {
      return Object.entries(value).map(([k, v]) => `${k}: ${words(v)}`)
        .join("; ");
    }
    return typeof value === "number" ? count(value) : String(value);
  }


  function footer() {
    const list = make("dl");
    const entry = (name, text) => list.append(
      make("dt", "", name.replaceAll("_", " ")), make("dd", "", text));
    for (const part of [data, data.funnel, data.paths, data.pages]) {
      for (const [name, text] of Object.entries(
        (part && part.definitions) || {})) {
        entry(name, words(text));
      }
    }
    for (const [name, figure] of Object.entries(data.input || {})) {
      entry(name, words(figure));
    }
    entry("not in these logs", "Views answered by a CDN or inside a "
      + "single-page application; time on the last page; several devices of "
      + "one person before a login.");
    main.append(make("footer", "",
      make("p", "", "What the figures mean and rest on. Intervals are 95%."),
      list));
  }

  document.title = `Customer journeys ${day(data.input && data.input.from)}`;
  main.replaceChildren();
  header();
  funnel();
  paths();
  pages();
  across();
  footer();
})();
