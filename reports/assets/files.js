// What is filtered, as files: CSV for people, JSON Lines of places for whoever removes them.
"use strict";
var Files = (function () {
  var COLUMNS = ["severity", "confidence", "category", "rule", "what", "preview", "store", "owner",
    "file", "member", "record", "field", "part", "layers", "start", "end", "rows", "collateral", "person", "landed",
    "could", "may", "did", "readers", "is", "incident", "id"];

  // A cell that a spreadsheet takes as text: never a formula, never two cells.
  function quoted(value) {
    var text = value === null || value === undefined ? "" : String(value).replace(/\s*\n\s*/g, "; ");
    if (typeof value !== "number" && /^[\s'"]*[=+\-@|%\u2212\uff1d\uff0b\uff0d\uff20]/.test(text)) text = "'" + text;
    return '"' + text.replace(/"/g, '""') + '"';
  }

  function value(chunk, row, name) {
    if (name === "end") return Chunks.cell(chunk, "start", row) + Chunks.cell(chunk, "length", row);
    return Chunks.cell(chunk, name, row);
  }

  function each(order, call) {
    var at = 0;
    function some() {
      var step = Promise.resolve();
      for (var stop = Math.min(at + 20000, order.length); at < stop; at++) {
        var found = Chunks.find(order[at]), chunk = Chunks.ready[found.number];
        if (!chunk) { step = Chunks.load(found.number); break; }
        call(chunk, found.row);
      }
      return step.then(function () {
        return at < order.length ? new Promise(function (go) { setTimeout(go); }).then(some) : undefined;
      });
    }
    return some();
  }

  function csv(order) {
    var lines = [COLUMNS.join(",") + "\r\n"];
    return each(order, function (chunk, row) {
      lines.push(COLUMNS.map(function (n) { return quoted(value(chunk, row, n)); }).join(",") + "\r\n");
    }).then(function () { return new Blob(["\ufeff"].concat(lines), { type: "text/csv" }); });
  }

  // The `row` lines of the output `quarantine`: one for each record, with names as they are.
  function quarantine(order) {
    var found = new Map();
    return each(order, function (chunk, row) {
      var cell = function (name) { return Chunks.cell(chunk, name, row); };
      if (cell("is").split(" ").indexOf("resource") >= 0) return;
      var place = {
        kind: "row", uri: Chunks.exact(chunk, "file", row), member: Chunks.exact(chunk, "member", row),
        record: cell("record"), rows: cell("rows"), collateral: cell("collateral")
      };
      var key = JSON.stringify(place);
      if (!found.has(key)) {
        place.whole = place.record === null && !place.rows;
        place.fields = new Set();
        place.incidents = new Set();
        found.set(key, place);
      }
      found.get(key).fields.add(cell("field"));
      if (cell("incident")) found.get(key).incidents.add(cell("incident"));
    }).then(function () {
      var lines = [];
      found.forEach(function (place) {
        place.fields = Array.from(place.fields).sort();
        place.incidents = Array.from(place.incidents).sort();
        lines.push(JSON.stringify(place) + "\n");
      });
      return new Blob(lines, { type: "application/jsonl" });
    });
  }

  function save(blob, name) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
  }

  return { csv: csv, quarantine: quarantine, save: save };
})();
