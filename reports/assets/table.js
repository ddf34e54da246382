// The virtual table: only the rows in sight exist, however many there are.
"use strict";
var Table = (function () {
  var box = document.getElementById("rows"), view = box && box.querySelector(".view");
  if (!box) return null;
  var body = view.firstElementChild, heads = box.querySelectorAll("[data-sort]"), head = box.querySelector(".head");
  var TALLEST = 8e6; // pixels that every browser can scroll
  var order = new Uint32Array(0), height = 0, pool = [], active = 0, drawing = 0;
  var narrow = window.matchMedia("(max-width: 44rem)");
  var opened = function () {};
  var KEYS = {
    severity: ["severity", "severity"], what: ["what", "preview"], store: ["store"],
    file: ["file", "record"], read: ["readers"]
  };

  function make(tag, name, text) {
    var made = document.createElement(tag);
    if (name) made.className = name;
    if (text) made.textContent = text;
    return made;
  }

  function rowHeight() { return narrow.matches ? 76 : 52; }

  function whole() { return order.length * height; }

  // Past the tallest element, the scroll bar stands for a share of the rows.
  function top() {
    var tall = Math.min(whole(), TALLEST), room = tall - view.clientHeight;
    if (room <= 0) return 0;
    return whole() <= TALLEST ? view.scrollTop : view.scrollTop / room * (whole() - view.clientHeight);
  }

  function scrollToRow(at) {
    var now = top(), up = at * height, down = up + height - view.clientHeight;
    var wanted = now > up ? up : now < down ? down : now;
    if (wanted === now) return;
    var room = Math.min(whole(), TALLEST) - view.clientHeight;
    view.scrollTop = whole() <= TALLEST ? wanted : wanted / (whole() - view.clientHeight) * room;
  }

  function badge(level) { return make("span", "badge " + level, level); }

  function line(parent, name, text) {
    var made = parent.appendChild(make("span", name));
    made.appendChild(make("bdi", "", text));
    if (text.length > 40) made.title = text;
    return made;
  }

  function place(chunk, row) {
    var cell = Chunks.cell, record = cell(chunk, "record", row);
    return [cell(chunk, "member", row), record === null ? "" : "record " + record.toLocaleString("en"),
      cell(chunk, "field", row), cell(chunk, "part", row)].filter(Boolean).join(", ");
  }

  function fill(item, chunk, row) {
    var cell = function (name) { return Chunks.cell(chunk, name, row); };
    var cells = item.children, marks = cell("is").split(" ");
    for (var n = 0; n < cells.length; n++) cells[n].textContent = "";
    cells[0].appendChild(badge(cell("severity")));
    if (marks.indexOf("blocking") >= 0) cells[0].appendChild(make("span", "dot", "blocks"));
    line(cells[1], "main", cell("what") || cell("rule"));
    if (cell("preview")) line(cells[1], "sub mono", cell("preview"));
    line(cells[2], "main", cell("store"));
    line(cells[2], "sub", cell("category"));
    line(cells[3], "main mono file", cell("file"));
    line(cells[3], "sub", place(chunk, row));
    line(cells[4], "main", cell("did"));
    line(cells[4], "sub", "could: " + cell("could"));
  }

  function blank() {
    var item = make("div", "row");
    item.setAttribute("role", "row");
    for (var n = 0; n < 5; n++) item.appendChild(make("div", "cell c" + n)).setAttribute("role", "cell");
    item.addEventListener("click", function () { focus(item.at, true); open(item.at); });
    return body.appendChild(item);
  }

  function draw() {
    drawing = 0;
    height = rowHeight();
    head.style.paddingRight = "calc(1rem + " + (view.offsetWidth - view.clientWidth) + "px)";
    body.style.height = Math.min(whole(), TALLEST) + "px";
    var offset = top(), first = Math.floor(offset / height);
    var count = Math.min(order.length - first, Math.ceil(view.clientHeight / height) + 2);
    var base = view.scrollTop - (offset - first * height);
    for (var n = 0; n < Math.max(count, pool.length); n++) {
      var item = pool[n] || (pool[n] = blank());
      item.hidden = n >= count;
      if (n < count) show(item, first + n, base + n * height);
    }
  }

  function show(item, at, y) {
    item.at = at;
    item.style.transform = "translateY(" + y + "px)";
    item.style.height = height + "px";
    item.setAttribute("aria-rowindex", at + 2);
    item.tabIndex = at === active ? 0 : -1;
    var found = Chunks.find(order[at]), chunk = Chunks.ready[found.number];
    if (chunk) return fill(item, chunk, found.row);
    for (var n = 0; n < 5; n++) item.children[n].textContent = n === 1 ? "…" : "";
    return Chunks.load(found.number).then(later);
  }

  function later() { if (!drawing) drawing = requestAnimationFrame(draw); }

  function focus(at, take) {
    active = Math.max(0, Math.min(order.length - 1, at));
    scrollToRow(active);
    draw();
    var item = pool.find(function (one) { return !one.hidden && one.at === active; });
    if (item && take) item.focus({ preventScroll: true });
  }

  function open(at) {
    var found = Chunks.find(order[at]);
    Chunks.load(found.number).then(function (chunk) { opened(chunk, found.row); });
  }

  function pressed(event) {
    var page = Math.max(1, Math.floor(view.clientHeight / height) - 1);
    var moves = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -order.length, End: order.length
    };
    if (event.key in moves) focus(active + moves[event.key], true);
    else if (event.key === "Enter" || event.key === " ") open(active);
    else return;
    event.preventDefault();
  }

  // Ranks of every word of a column over all chunks, in the order of its words.
  function ranks(name) {
    var levels = Query.levels[name], words = Object.create(null);
    if (levels) return function (chunk, row) { return levels.length - levels.indexOf(Chunks.cell(chunk, name, row)); };
    Chunks.ready.forEach(function (chunk) {
      var all = chunk.columns[name].words;
      if (all) all.forEach(function (word) { words[word] = 0; });
    });
    Object.keys(words).sort().forEach(function (word, n) { words[word] = n; });
    return function (chunk, row) {
      var column = chunk.columns[name];
      return column.words ? words[column.words[column.codes[row]]] : column.codes[row];
    };
  }

  // Sorted numbers carry their place in the lower digits: one native sort, and a stable one.
  function sorted(found, how) {
    var names = Object.prototype.hasOwnProperty.call(KEYS, how.by) ? KEYS[how.by] : [];
    names.slice().reverse().forEach(function (name) {
      var rank = ranks(name), keys = new Float64Array(found.length), many = found.length;
      for (var n = 0; n < many; n++) {
        var at = Chunks.find(found[n]), value = rank(Chunks.ready[at.number], at.row);
        keys[n] = (how.down ? 4294967295 - value : value) * 1048576 + n;
      }
      keys.sort();
      var copy = found.slice();
      for (n = 0; n < many; n++) found[n] = copy[keys[n] % 1048576];
    });
    return found;
  }

  function set(found, how) {
    order = how.by ? sorted(found, how) : found;
    active = 0;
    view.scrollTop = 0;
    box.querySelector("[role=table]").setAttribute("aria-rowcount", order.length + 1);
    heads.forEach(function (one) {
      var on = one.dataset.sort === how.by;
      one.parentNode.setAttribute("aria-sort", on ? (how.down ? "descending" : "ascending") : "none");
    });
    draw();
  }

  view.addEventListener("scroll", later, { passive: true });
  view.addEventListener("keydown", pressed);
  window.addEventListener("resize", later);
  return {
    set: set, draw: draw, place: place, make: make, heads: heads,
    order: function () { return order; },
    onOpen: function (call) { opened = call; }
  };
})();
