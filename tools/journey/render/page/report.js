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

  function signed(ratio) {
    if (ratio === null || ratio === undefined) {
      return "–";
    }
    const figure = Math.abs(100 * ratio).toFixed(0);
    return `${figure === "0" ? "" : ratio < 0 ? "−" : "+"}${figure}%`;
  }

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
  const cents = (amount) => amount.toLocaleString("en", {
    minimumFractionDigits: 2, maximumFractionDigits: 2,
  });

  function money(value) {
    const lines = make("span");
    for (const [currency, amount] of Object.entries(value || {})) {
      lines.append(make("div", "", `${cents(amount)} ${currency}`));
    }
    return lines.hasChildNodes() ? lines : "–";
  }

  const day = (time) => String(time || "").slice(0, 10);

  const moment = (time) => String(time).replace("T", " ")
    .replace(/(:00)?(\.000)?Z$/, " UTC");

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
        const td = make("td", heads[i][1] ? `${heads[i][1]} wrap` : "", cell);
        td.dataset.head = heads[i][0];
        row.append(td);
      });
      body.append(row);
    }
    return make("div", "scroll",
      make("table", "", make("thead", "", head), body));
  }

  /* How many rows a table has where it shows fewer. */
  const TOP = data.top || 20;
  const topOf = (shown, all, what) => (shown < all
    ? make("p", "cut", `The top ${count(shown)} of ${count(all)} ${what} `
      + "(--top).") : null);

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


  const bots = { exclude: "bots left out", include: "bots counted like people",
    only: "bots only" };

  /* The same where nothing else was asked for. */
  const all = { exclude: "all events but those of bots",
    include: "all events, those of bots too", only: "all events of bots" };

  /* What was asked for: the figures below are of this alone. */
  function selection() {
    const asked = data.definitions || {};
    const line = make("p", "selection", "Counted: ");
    const say = (name, text) => line.append(
      line.querySelector("b") ? " \u00b7 " : "", name ? `${name} ` : "",
      make("b", "", text));
    const whole = !asked.where && !asked.visitors && !asked.start && !asked.end;
    if (whole) {
      say("", all[asked.bots] || asked.bots);
    }
    if (asked.where) {
      say("events where", asked.where);
    }
    if (asked.visitors) {
      say("visitors with", asked.visitors);
    }
    if (asked.start) {
      say("from", moment(asked.start));
    }
    if (asked.end) {
      say("before", moment(asked.end));
    }
    if (!whole) {
      say("", bots[asked.bots] || asked.bots);
    }
    say("goal", asked.goal || "none");
    say("time zone", asked.timezone);
    return line;
  }


  function header() {
    const input = data.input || {};
    main.append(make("header", "", make("h1", "", "Customer journeys"),
      make("p", "", input.from
        ? `${day(input.from)} to ${day(input.to)}` : "no events")));

    main.append(selection());
    main.append(make("p", "headline", data.headline));

    const tiles = make("div", "tiles");
    const tile = (figure, label) => tiles.append(
      make("div", "tile", make("b", "", figure), make("span", "", label)));
    const asked = data.definitions || {};
    tile(count(input.visitors), asked.bots === "exclude"
      ? "visitors, without bots" : "visitors");
    const goals = data.funnel && data.funnel.goals;
    if (goals && asked.goal) {
      tile(count(goals.visitors), `reached the goal: ${asked.goal}`);
    }
    for (const sum of data.money || []) {
      if (sum.orders || sum.orders_without_id) {
        tile(`${sum.net.toLocaleString("en", { maximumFractionDigits: 0 })} ${
          sum.currency}`, `net, ${count(sum.orders
          + sum.orders_without_id)} orders`);
      }
    }
    tile(count(input.events), "events read, with those of bots");
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
        [["Step", "text name"], ["", "text"], ["Count", ""], ["Of the first", ""],
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


  /* Why the funnel's values are not the net of the tiles. */
  function ledger() {
    const rows = data.money || [];
    if (!rows.length) {
      return;
    }
    section("Money",
      "Gross is every sale, an order once however often its page is "
      + "reloaded; net is gross less refunds. Outside journeys are sales "
      + "whose visitor is unknown: they are in gross and net, and in no "
      + "other figure. Values of steps and paths are of sales, before "
      + "refunds.",
      table(
        [["Currency", "text"], ["Orders", ""], ["Gross", ""], ["Refunds", ""],
          ["Net", ""], ["Orders outside journeys", ""],
          ["Their gross", ""], ["Reloads, not counted", ""]],
        rows.map((sum) => ({ cells: [
          sum.currency || "none named",
          withSmall(count(sum.orders + sum.orders_without_id),
            sum.orders_without_id
              ? `${count(sum.orders_without_id)} without an id` : ""),
          cents(sum.gross), cents(sum.refunds), cents(sum.net),
          count(sum.outside_journeys), cents(sum.outside_journeys_gross),
          count(sum.repeats)] }))));
  }


  function paths() {
    const rows = (data.paths && data.paths.paths) || [];
    if (!rows.length) {
      return;
    }
    const { other } = data.paths;
    const line = (path, row, visitors) => ({ cells: [path, count(row.count),
      visitors, withSmall(count(row.converted),
        row.count ? percent(row.converted / row.count) : "")] });
    const lines = rows.slice(0, TOP).map((row) =>
      line(chain(row.path), row, count(row.visitors)));
    if (other && other.count) {
      lines.push(line(make("small", "", `(other): ${count(other.distinct)} `
        + "different paths"), other, ""));
    }
    section("What they do: the most frequent paths",
      "Touchpoints in a row within one session; repeats collapsed.",
      table(
        [["Path", "text"], ["Times", ""], ["Visitors", ""],
          ["Converted", ""]], lines),
      topOf(Math.min(rows.length, TOP), data.paths.totals.distinct,
        "different paths"));
  }


  function chain(touchpoints) {
    const chips = make("div", "path");
    for (const touchpoint of touchpoints) {
      chips.append(make("span", "", touchpoint));
    }
    return chips;
  }


  /* The steps between touchpoints, one position in the path at a time. */
  function edges() {
    const all = (data.paths && data.paths.edges) || [];
    if (!all.length) {
      return;
    }
    const positions = [...new Set(all.map((edge) => edge.step))];
    const choice = make("select");
    positions.forEach((step) => choice.append(make("option", "", step)));
    const holder = make("div");
    const draw = () => {
      const rows = all.filter((edge) =>
        edge.step === positions[choice.selectedIndex]);
      const sum = rows.reduce((n, edge) => n + edge.count, 0);
      holder.replaceChildren(table(
        [["From and to", "text"], ["Times", ""], ["Of this step", ""],
          ["Visitors", ""]],
        rows.map((edge) => ({ cells: [
          edge.from === "(other)" && edge.to === "(other)"
            ? make("small", "", "all others") : chain([edge.from, edge.to]),
          count(edge.count), percent(sum ? edge.count / sum : null),
          count(edge.visitors)] }))));
    };
    choice.addEventListener("change", draw);
    draw();
    section("Where they turn next",
      "From one touchpoint to the next, by its place in the path; (end) is "
      + "where the session ended. The steps of a place add up to all paths "
      + "that got so far.",
      make("div", "controls", make("label", "", "Step ", choice)), holder);
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
    const cut = rows.length < data.pages.totals.rows;
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
      || busy(b) - busy(a)).slice(0, TOP);
    const drawn = table(
      [["Page", "text"], ...campaigns.map((name) => [name, ""])],
      shown.map(([page, byCampaign]) => ({ cells: [page,
        ...campaigns.map((name) => {
          const row = byCampaign.get(name);
          if (!row) {
            return make("small", "", cut ? "not carried" : "–");
          }
          if (row.verdict === "too few") {
            return make("small", "", `n ${count(row.visitors)}`);
          }
          return withSmall(make("span", isClear(row) ? row.verdict : "",
            mark(row) + percent(row.rate)), signed(row.lift));
        })] })));
    return make("div", "", drawn, make("p", "cut matrix",
      "A cell is the share of viewers who bought afterwards, and below it "
      + "how that differs from their matched others. n: too few to compare, "
      + "of that many viewers. " + (cut ? "Not carried: not among the first "
      + `${count(rows.length)} comparisons, which this file holds; there may `
      + "be viewers." : "\u2013: no viewers.")),
    topOf(shown.length, cells.size, "pages"));
  }

  function pageRows(rows, campaign, significant) {
    const shown = rows.filter((row) => row.campaign === campaign
      && (!significant || isClear(row)));
    const drawn = table(
      [["Page", "text"], ["Viewers", ""], ["Converted after", ""],
        ["Rate", ""], ["Matched others", ""], ["Lift", ""], ["q", ""],
        ["Verdict", "text"]],
      shown.slice(0, TOP).map((row) => {
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
    return make("div", "", drawn, topOf(Math.min(shown.length, TOP),
      shown.length, "pages"));
  }


  /* Campaigns side by side: what fits a page. */
  const CAMPAIGNS = 8;

  const carried = (n, all) => (n < all
    ? make("p", "cut", `This file carries the ${count(n)} comparisons that `
      + `tell most, of ${count(all)}.`) : null);

  const legend = () => make("p", "legend",
    "An interval is of one comparison alone. A verdict is corrected for how "
    + "many were made (q < 0.05, Benjamini and Hochberg): among so many, some "
    + "intervals leave out 0 by chance, and such a page still has \u201cno "
    + "clear difference\u201d.");

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
      make("p", "pages-headline", data.pages.headline),
      legend(),
      carried(rows.length, data.pages.totals.rows),
      matrix(rows, campaigns.slice(0, CAMPAIGNS)),
      topOf(Math.min(campaigns.length, CAMPAIGNS), campaigns.length,
        "campaigns, all of them below"),
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
        rows.slice(0, TOP).map((row) => {
          return { marked: isClear(row), cells: [
            row.page, row.campaign, count(row.visitors), percent(row.rate, 2),
            percent(row.others_rate, 2),
            withSmall(signed(row.lift), range(row.lift_interval, signed)),
            showQ(row.q), verdict(row),
          ] };
        })),
      topOf(Math.min(rows.length, TOP), data.pages.totals.across,
        "comparisons"));
  }


  /*
   * The document's keys, in words; what is not here is said elsewhere.  A pair
   * also has its text, where the document's own speaks of other keys.
   */
  const labels = [
    ["The logs", data.input, {
      files: "Files read", blocks: "Blocks read", events: "Events read",
      counted_events: "Events in journeys", visitors: "Visitors",
      from: "First event", to: "Last event",
      damaged_blocks: "Damaged blocks", lost_events: "Events lost",
      lost_unknown: "Places of unknown loss",
      dropped_events: "Events dropped by nginx", gaps: "Gaps",
      duplicate_blocks: "Blocks found twice", bots: "Events of bots",
      bot_visitors: "Visitors who are bots",
      speculative: "Speculative loads", internal: "Events of own staff",
      unknown_visitor_events: "Events without a visitor",
      other_stage_lists: "Blocks with another stage list",
    }],
    ["Journeys", data.definitions, {
      goal: "Goal", stages: "Stages, in order",
      session_gap_ms: "A session ends after a pause of",
    }],
    ["Funnel", data.funnel && data.funnel.definitions, {
      count: "Counted at a step", interval: ["Interval", "of the share of the "
        + "step before, Wilson 95%"], time_ms: "Time",
      value: "Value", window_ms: "Time from the first step to the last",
    }],
    ["Paths", data.paths && data.paths.definitions, {
      path: "A path is of one", repeats: "Repeats of a touchpoint",
      max_length: "Touchpoints told apart", count: "Times",
      converted: "Converted", value: "Value",
    }],
    ["Pages", data.pages && data.pages.definitions, {
      horizon_ms: "Followed for", index: "The moment",
      viewers: ["Viewers", "those with somebody to be compared with, and "
        + "followed for the whole time"],
      converted: "Converted", controls: "Matched others",
      baseline: ["Their rate", "what the viewers would convert at as the "
        + "matched others do: rate divided by the Mantel-Haenszel risk ratio "
        + "over the strata; n counts moments"],
      lift: ["Lift", "rate / rate of matched others - 1; its interval is of "
        + "the score test of two rates, corrected for skewness, in which the "
        + "others count at the effective size that a bootstrap over visitors "
        + "gives them"],
      q: "q",
      verdict: ["Verdict", "better or worse needs q < 0.05 and an interval "
        + `without 0; too few: under ${count(((data.pages || {}).definitions
        || {}).min_visitors)} viewers or matched others, or under ${
        count(((data.pages || {}).definitions || {}).min_conversions)} `
        + "conversions of the viewers and equally many others"],
      across: "Between campaigns", meaning: "Meaning",
    }],
  ];

  function words(key, value) {
    if (Array.isArray(value)) {
      return value.join(", ");
    }
    if (key.endsWith("_ms") && typeof value === "number") {
      return duration(value);
    }
    if (key === "from" || key === "to") {
      return moment(value);
    }
    return typeof value === "number" ? count(value) : String(value);
  }


  function footer() {
    const foot = make("footer", "",
      make("p", "", "What the figures mean and rest on. Intervals are 95%."));
    for (const [title, part, names] of labels) {
      const list = make("dl");
      for (const [key, name] of Object.entries(names)) {
        const value = part ? part[key] : null;
        if (value !== null && value !== undefined && value !== 0) {
          const [label, text] = [].concat(name);
          list.append(make("dt", "", label),
            make("dd", "", text || words(key, value)));
        }
      }
      if (list.hasChildNodes()) {
        foot.append(make("h3", "", title), list);
      }
    }
    foot.append(make("h3", "", "Not in these logs"), make("p", "",
      "Views answered by a CDN or inside a single-page application; time on "
      + "the last page; several devices of one person before a login."));
    main.append(foot);
  }

  document.title = `Customer journeys ${day(data.input && data.input.from)}`;
  main.replaceChildren();
  header();
  funnel();
  ledger();
  paths();
  edges();
  pages();
  across();
  footer();
})();
