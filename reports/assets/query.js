// What may be typed into the query box, and which rows it finds.
//   word "two words" -not field:value field:a,b field:aws-* severity>=high record>100 is:blocking
"use strict";
var Query = (function () {
  var LEVELS = {
    severity: ["info", "low", "medium", "high", "critical"],
    confidence: ["low", "medium", "high"]
  };
  var FIELDS = {
    rule: ["rule", "what"], category: ["category"], severity: ["severity"],
    confidence: ["confidence"], store: ["store"], file: ["file", "member"], field: ["field"],
    owner: ["owner"], reader: ["readers"], may: ["may"], read: ["state"], is: ["is"],
    person: ["person"], preview: ["preview"], landed: ["landed"], record: ["record"],
    incident: ["incident"], id: ["id"]
  };
  var TEXT = ["rule", "what", "category", "preview", "store", "file", "member", "field", "owner",
    "readers", "may", "person"];
  var WORD = /(-?)(?:([a-z]+)(>=|<=|>|<|:|=))?("[^"]*"?|[^\s"]*(?:"[^"]*"?[^\s"]*)*)\s*/giy;

  function parse(text) {
    var terms = [], odd = [], found;
    WORD.lastIndex = 0;
    while (WORD.lastIndex < text.length && (found = WORD.exec(text)) && found[0]) {
      var name = (found[2] || "").toLowerCase(), value = found[4];
      if (name && !FIELDS[name]) {
        if (value.slice(0, 2) !== "//" && found[3] === ":") odd.push(name);
        value = found[2] + found[3] + value;
        name = "";
      }
      if (value || name) terms.push(term(found[1] === "-", name, found[3] || ":", value));
    }
    return { terms: terms.filter(Boolean), odd: odd };
  }

  function term(not, name, how, value) {
    var values = name ? split(value) : [value.replace(/"/g, "")];
    values = values.map(function (one) { return one.toLowerCase(); }).filter(Boolean);
    if (!values.length) return null;
    var compares = /[<>]/.test(how) && (LEVELS[name] || name === "record" || name === "landed");
    return { not: not, name: name, values: values, how: compares ? how : ":" };
  }

  // At commas outside quotes.
  function split(value) {
    return (value.match(/(?:"[^"]*"?|[^,"])+/g) || []).map(function (one) {
      return one.replace(/"/g, "");
    });
  }

  function pattern(value, anywhere) {
    var parts = value.split("*").map(function (part) {
      return part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    });
    return new RegExp(anywhere ? parts.join("[^]*") : "^" + parts.join("[^]*") + "$");
  }

  // A test of one text, whole names where a level or mark is asked for.
  function test(asked, column) {
    var tests = asked.values.map(function (value) {
      if (LEVELS[asked.name] || column === "is" || column === "state" || column === "category")
        return words(value, column);
      if (value.indexOf("*") < 0) return function (text) { return text.indexOf(value) >= 0; };
      var glob = pattern(value, !asked.name);
      return function (text) { return text.split("\n").some(function (l) { return glob.test(l); }); };
    });
    return function (text) { return tests.some(function (one) { return one(text); }); };
  }

  function words(value, column) {
    if (column === "is") return function (text) { return text.split(" ").indexOf(value) >= 0; };
    if (column === "state") value = value.replace(/-/g, " ");
    if (value.indexOf("*") >= 0) {
      var glob = pattern(value);
      return function (text) { return glob.test(text); };
    }
    return function (text) { return text === value; };
  }

  function compared(how, one, other) {
    return how === ">=" ? one >= other : how === "<=" ? one <= other : how === ">" ? one > other : one < other;
  }

  function compares(asked, chunk, out) {
    var name = asked.name, value = asked.values[0], column = chunk.columns[name], row;
    if (name === "record") {
      var number = Number(value), codes = column.codes;
      for (row = 0; row < chunk.rows; row++)
        if (codes[row] && compared(asked.how, codes[row] - 1, number)) out[row] = 1;
      return;
    }
    var levels = LEVELS[name], wanted = levels ? levels.indexOf(value) : value.toUpperCase();
    if (wanted === -1) return;
    hits(column, function (word) {
      return word && compared(asked.how, levels ? levels.indexOf(word) : word.toUpperCase(), wanted);
    }, out);
  }

  // Marks the rows whose word passes: each word is tested once, each row looked up.
  function hits(column, passes, out) {
    column.lower = column.lower || column.words.map(function (word) { return word.toLowerCase(); });
    var mask = column.lower.map(function (word) { return passes(word) ? 1 : 0; });
    if (mask.indexOf(1) < 0) return;
    if (mask.indexOf(0) < 0) { out.fill(1); return; }
    var quick = Uint8Array.from(mask), codes = column.codes;
    for (var row = 0; row < codes.length; row++) out[row] |= quick[codes[row]];
  }

  // Rows whose id begins like this; ids of 16 hexadecimal digits are compared as bytes.
  function ids(asked, chunk, name, out) {
    var column = chunk.columns[name], odd = Object.keys(column.exact).length > 0;
    asked.values.forEach(function (value) {
      var start = name === "incident" ? value.replace(/^inc-/, "") : value, want = digits(start);
      for (var row = 0; row < chunk.rows; row++) {
        var at = name === "incident" ? chunk.places[row] : row, other = odd ? column.exact[at] : undefined;
        if (other !== undefined ? other.toLowerCase().indexOf(start) === 0 : want && begins(column.hex, 8 * at, want))
          out[row] = 1;
      }
    });
  }

  function digits(text) {
    return /^[0-9a-f]{1,16}$/.test(text) ? Array.from(text, function (one) { return parseInt(one, 16); }) : null;
  }

  function begins(bytes, at, want) {
    for (var n = 0; n < want.length; n++)
      if ((n % 2 ? bytes[at + (n >> 1)] & 15 : bytes[at + (n >> 1)] >> 4) !== want[n]) return false;
    return true;
  }

  function mark(asked, chunk, out) {
    if (asked.how !== ":") return compares(asked, chunk, out);
    if (asked.name === "record") {
      asked.values.forEach(function (value) {
        var codes = chunk.columns.record.codes, code = Number(value) + 1;
        for (var row = 0; row < codes.length; row++) if (codes[row] === code) out[row] = 1;
      });
      return undefined;
    }
    (asked.name ? FIELDS[asked.name] : TEXT).forEach(function (name) {
      if (name === "incident" || name === "id") ids(asked, chunk, name, out);
      else hits(chunk.columns[name], test(asked, name), out);
    });
    if (!asked.name && /^(inc-)?[0-9a-f]{8,16}$/.test(asked.values[0])) {
      ids(asked, chunk, "incident", out);
      ids(asked, chunk, "id", out);
    }
    return undefined;
  }

  // The rows of a chunk that a query finds: a byte for each, 1 or 0.
  function rows(query, chunk) {
    var all = new Uint8Array(chunk.rows).fill(1);
    query.terms.forEach(function (asked) {
      var out = new Uint8Array(chunk.rows);
      mark(asked, chunk, out);
      for (var row = 0; row < out.length; row++) all[row] &= asked.not ? 1 - out[row] : out[row];
    });
    return all;
  }

  return { parse: parse, rows: rows, levels: LEVELS, fields: Object.keys(FIELDS) };
})();
