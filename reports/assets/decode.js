// Chunks of rows as reports/packed.py writes them.
"use strict";
var Chunks = (function () {
  var boxes = Array.prototype.slice.call(document.querySelectorAll("script[data-rows]"));
  var counts = boxes.map(function (box) { return Number(box.dataset.rows); });
  var starts = [], total = 0;
  counts.forEach(function (count) { starts.push(total); total += count; });
  var waiting = boxes.map(function () { return null; });
  var ready = boxes.map(function () { return null; });

  function bytes(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    var plain = atob(text), made = new Uint8Array(plain.length);
    for (var at = 0; at < plain.length; at++) made[at] = plain.charCodeAt(at);
    return made;
  }

  function plain(data) {
    var stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  // Number `n` is made of byte n of each plane, the lowest first.
  function numbers(data, at, rows, width) {
    var Kind = width < 2 ? Uint8Array : width < 3 ? Uint16Array : width < 5 ? Uint32Array : Float64Array;
    var made = new Kind(rows), weight = 1;
    for (var plane = 0; plane < width; plane++, weight *= 256, at += rows)
      for (var row = 0; row < rows; row++) made[row] += data[at + row] * weight;
    return made;
  }

  function column(head, data, at, rows) {
    var made = { words: head.d || null, exact: head.x || {}, codes: null, hex: null };
    if (head.hex) {
      made.hex = data.subarray(at, at + 8 * rows);
      made.size = 8 * rows;
      return made;
    }
    made.codes = numbers(data, at, rows, head.w);
    made.size = head.w * rows;
    if (head.from !== undefined) {
      var sums = new Uint32Array(rows), sum = head.from;
      for (var row = 0; row < rows; row++) sums[row] = sum += made.codes[row];
      made.codes = sums;
    }
    return made;
  }

  function taken(buffer) {
    var data = new Uint8Array(buffer), long = new DataView(buffer).getUint32(0, true);
    var head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + long)));
    var chunk = { rows: head.n, columns: {}, places: null }, at = 4 + long;
    Object.keys(head.columns).forEach(function (name) {
      var one = head.columns[name], rows = one.once ? chunk.places[head.n - 1] + 1 : head.n;
      chunk.columns[name] = column(one, data, at, rows);
      at += chunk.columns[name].size;
      if (name === "rank") chunk.places = places(chunk.columns.rank.codes);
    });
    return chunk;
  }

  // Of each row, which one of the chunk's incidents it is of.
  function places(ranks) {
    var made = new Uint32Array(ranks.length);
    for (var row = 1; row < ranks.length; row++)
      made[row] = made[row - 1] + (ranks[row] === ranks[row - 1] ? 0 : 1);
    return made;
  }

  function load(number) {
    if (!waiting[number]) {
      var box = boxes[number];
      waiting[number] = plain(bytes(box.textContent.trim())).then(function (buffer) {
        ready[number] = taken(buffer);
        box.textContent = ""; // the packed text is not needed again
        return ready[number];
      });
    }
    return waiting[number];
  }

  function idAt(chunk, name, row) {
    var one = chunk.columns[name], at = name === "incident" ? chunk.places[row] : row, text = "";
    if (one.exact[at] !== undefined) return one.exact[at];
    for (var byte = 8 * at; byte < 8 * at + 8; byte++)
      text += (one.hex[byte] < 16 ? "0" : "") + one.hex[byte].toString(16);
    return text;
  }

  // A cell as text or number; record counts from 0, null where there is none.
  function cell(chunk, name, row) {
    var one = chunk.columns[name];
    if (name === "id") return idAt(chunk, name, row);
    if (name === "incident") {
      var id = idAt(chunk, name, row);
      return id && "inc-" + id;
    }
    if (name === "record") return one.codes[row] ? one.codes[row] - 1 : null;
    return one.words ? one.words[one.codes[row]] : one.codes[row];
  }

  // A name as a machine must spell it, where what is shown is another.
  function exact(chunk, name, row) {
    var one = chunk.columns[name], real = one.exact[one.codes[row]];
    return real === undefined ? one.words[one.codes[row]] : real;
  }

  function find(row) {
    var number = starts.length - 1;
    while (number > 0 && starts[number] > row) number--;
    return { number: number, row: row - starts[number] };
  }

  return {
    total: total, many: boxes.length, starts: starts, ready: ready,
    load: load, cell: cell, exact: exact, find: find
  };
})();
