/* journey.js: visible time, outbound clicks, ratings */
(function (w, d, n) {
  var url = (d.currentScript || {dataset: {}}).dataset.url || "/journey";
  var since = d.hidden ? 0 : Date.now(), ms = 0, told = 0;

  w.journey = function (fields) {
    return n.sendBeacon && n.sendBeacon(url, new URLSearchParams(fields));
  };

  d.addEventListener("visibilitychange", function () {
    if (!d.hidden) { since = Date.now(); return; }
    ms += since ? Date.now() - since : 0;
    since = 0;
    if (!told++) {
      w.journey({touchpoint: "left", x_visible_s: Math.round(ms / 1e3)});
    }
  });

  d.addEventListener("click", function (e) {
    var a = e.target.closest("a[href],[data-score]"), s = a && a.dataset;
    if (s && s.score) {
      w.journey({touchpoint: "rating", score: s.score,
                 score_kind: s.kind || "stars"});
    } else if (a && /^http/.test(a.protocol) && a.host != location.host) {
      w.journey({touchpoint: "out: " + a.host});
    }
  }, true);
})(window, document, navigator);
