// Puts query, cards, table, address and dialog together.  The page says everything that
// matters without it.
"use strict";
(function () {
  var byId = function (id) { return document.getElementById(id); };
  var form = byId("find"), list = document.querySelector(".incidents"), rows = byId("rows");
  var cards = Array.prototype.slice.call(document.querySelectorAll(".incident"));
  var state = { q: "", view: "incidents", by: "", down: false };
  var passes = 0;

  function plural(many, one, more) {
    return many.toLocaleString("en") + " " + (many === 1 ? one : more || one + "s");
  }

  // ---- incidents that a link names

  function target() {
    var name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch (error) { return null; }
    return byId(name);
  }

  function reveal(card) {
    card.hidden = false;
    card.querySelector("details").open = true;
    card.scrollIntoView();
    card.querySelector("summary").focus({ preventScroll: true });
  }

  function hex(buffer) {
    return Array.prototype.map.call(new Uint8Array(buffer), function (byte) {
      return (byte < 16 ? "0" : "") + byte.toString(16);
    }).join("");
  }

  // The ids that incidents with this fingerprint have; one that is an id already is itself.
  function idsOf(name) {
    if (!/^[0-9a-f]{64}$/.test(name)) return Promise.resolve(name);
    return Promise.all(["value ", "column "].map(function (kind) {
      return crypto.subtle.digest("SHA-256", new TextEncoder().encode(kind + name));
    })).then(function (made) {
      return made.map(function (digest) { return "inc-" + hex(digest).slice(0, 16); }).join(",");
    });
  }

  // ---- the address

  function read() {
    var found = target(), card = found && found.closest(".incident");
    if (card) {
      if (form) show("incidents");
      return reveal(card);
    }
    var asked = new URLSearchParams(location.hash.slice(1));
    if (asked.get("i") && form) {
      return idsOf(asked.get("i")).then(function (ids) {
        return come({ q: "incident:" + ids, view: "rows", by: "", down: false });
      });
    }
    if (!form || (location.hash && !asked.has("q") && !asked.has("view") && !asked.has("sort"))) return apply();
    var sort = asked.get("sort") || "";
    return (location.hash ? come : take)({
      q: asked.get("q") || "", view: asked.get("view") === "rows" ? "rows" : "incidents",
      by: sort.replace(/^-/, ""), down: sort[0] === "-"
    });
  }

  function write() {
    var parts = [];
    if (state.q) parts.push("q=" + encodeURIComponent(state.q));
    if (state.view === "rows") parts.push("view=rows");
    if (state.by) parts.push("sort=" + (state.down ? "-" : "") + state.by);
    var hash = parts.length ? "#" + parts.join("&") : location.pathname;
    if (location.hash !== hash) history.replaceState(null, "", hash);
  }

  function come(wanted) {
    return take(wanted).then(function () { form.scrollIntoView(); });
  }

  function take(wanted) {
    state = wanted;
    form.elements.q.value = state.q;
    show(state.view);
    return apply();
  }

  // ---- filtering

  function show(which) {
    state.view = which;
    list.hidden = which !== "incidents";
    rows.hidden = which !== "rows";
    form.querySelectorAll("[data-view]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.view === which));
    });
    form.querySelectorAll("[data-open]").forEach(function (button) { button.hidden = which !== "incidents"; });
    if (which === "rows") Table.draw();
  }

  function all(count) {
    var made = new Uint32Array(count);
    for (var n = 0; n < count; n++) made[n] = n;
    return made;
  }

  function apply() {
    if (!form) return Promise.resolve();
    var query = Query.parse(state.q), pass = ++passes;
    notes(query.odd);
    if (!query.terms.length && !state.by) {
      found(all(Chunks.total), null);
      return Chunks.load(0);
    }
    var busy = setTimeout(function () { form.elements.count.textContent = "reading all rows…"; }, 150);
    return everything().then(function () {
      clearTimeout(busy);
      if (pass === passes) search(query);
    });
  }

  function everything() {
    var step = Promise.resolve();
    Chunks.starts.forEach(function (start, n) {
      step = step.then(function () { return Chunks.load(n); });
    });
    return step;
  }

  // Rows are in the order of their incidents, so equal ranks stand together.
  function search(query) {
    var places = new Uint32Array(Chunks.total), many = 0, last = -1;
    var hit = { incidents: 0, cards: new Uint8Array(cards.length) }, all = Number(form.dataset.incidents);
    Chunks.ready.forEach(function (chunk, n) {
      var rows = Query.rows(query, chunk), of = chunk.columns.rank.codes, start = Chunks.starts[n];
      for (var row = 0; row < rows.length; row++) {
        if (!rows[row]) continue;
        places[many++] = start + row;
        if (of[row] !== last) {
          last = of[row];
          if (last < all) hit.incidents++; // the last rank is of findings that no incident has
          if (last < cards.length) hit.cards[last] = 1;
        }
      }
    });
    found(places.subarray(0, many), hit);
  }

  // `hit` says how many incidents match, and which of those that have a card; null is all.
  function found(order, hit) {
    var shown = 0;
    cards.forEach(function (card, rank) {
      card.hidden = hit !== null && !hit.cards[rank];
      shown += card.hidden ? 0 : 1;
    });
    var incidents = hit ? hit.incidents : Number(form.dataset.incidents);
    form.querySelector("[data-view=incidents] b").textContent = incidents.toLocaleString("en");
    form.querySelector("[data-view=rows] b").textContent = order.length.toLocaleString("en");
    Table.set(order, { by: state.by, down: state.down });
    say(shown, incidents, order.length, hit !== null);
    byId("none").hidden = order.length > 0;
    rows.hidden = state.view !== "rows" || !order.length;
    if (!rows.hidden) Table.draw();
    byId("few").hidden = !(state.view === "incidents" && order.length > 0 && shown === 0);
    form.querySelectorAll("[data-save]").forEach(function (button) { button.disabled = !order.length; });
    form.querySelectorAll("[data-add]").forEach(function (button) {
      var words = " " + state.q + " ";
      button.setAttribute("aria-pressed", String(words.indexOf(" " + button.dataset.add + " ") >= 0));
    });
  }

  function say(shown, incidents, occurrences, filtered) {
    var told = filtered
      ? plural(incidents, "incident") + ", " + plural(occurrences, "place") + " match"
      : plural(occurrences, "place") + " of " + plural(incidents, "incident");
    var left = incidents - shown;
    if (left > 0) told += "; " + plural(left, "incident") + " beyond the worst " + cards.length + " are only under Places";
    form.elements.count.textContent = told;
  }

  function notes(odd) {
    var box = byId("odd");
    box.hidden = !odd.length;
    if (odd.length) {
      box.textContent = "There is no field “" + odd[0] + "”, so it is looked for as text. Fields: " +
        Query.fields.join(", ") + ".";
    }
  }

  // ---- the dialog of one occurrence

  function detail(chunk, row) {
    var box = byId("detail"), facts = box.querySelector("dl"), make = Table.make;
    var cell = function (name) { return Chunks.cell(chunk, name, row); };
    var length = cell("length"), id = cell("id");
    var lines = [
      ["Value", cell("preview")], ["Rule", cell("rule")],
      ["Severity", cell("severity") + ", confidence " + cell("confidence") + ", " + cell("category")],
      ["File", cell("file")], ["Place", Table.place(chunk, row)],
      ["Characters", length ? cell("start") + "–" + (cell("start") + length) : ""],
      ["Decoded", cell("layers")], ["Rows to remove", cell("rows")], ["May show it too", cell("collateral")],
      ["Store", cell("store")], ["Owner", cell("owner")], ["Person concerned", cell("person")],
      ["Landed", cell("landed").replace("T", " ").replace("Z", " UTC")],
      ["Could read", cell("could")], ["By name", cell("may")],
      ["Did read", cell("did")], ["Readers by name", cell("readers")], ["Finding", id]
    ];
    box.querySelector("h2").textContent = cell("what") || cell("rule");
    facts.textContent = "";
    lines.forEach(function (line) {
      if (!line[1]) return;
      facts.appendChild(make("dt", "", line[0]));
      facts.appendChild(make("dd", /Value|File|Finding/.test(line[0]) ? "mono" : "")).appendChild(make("bdi", "", line[1]));
    });
    link(box.querySelector("a"), cell("incident"), chunk.columns.rank.codes[row]);
    box.showModal();
    box.querySelector("h2").focus();
  }

  function link(made, incident, rank) {
    var card = cards[rank];
    made.hidden = !incident;
    made.href = "#" + (card ? encodeURI(card.querySelector(".body").id) : "i=" + incident);
    made.textContent = card ? "Show the incident" : "Show all places of this incident";
  }

  // ---- what the reader does

  function typed() {
    state.q = form.elements.q.value.trim();
    apply().then(write);
  }

  var waiting = 0;
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(typed, Chunks.total > 200000 ? 300 : 60);
  }

  function add(words) {
    var without = (" " + state.q + " ").replace(" " + words + " ", " ").trim();
    var has = without !== state.q.trim();
    form.elements.q.value = has ? without : (state.q + " " + words).trim();
    typed();
  }

  function sort(by) {
    var down = state.by === by && !state.down, off = state.by === by && state.down;
    state.by = off ? "" : by;
    state.down = down;
    apply().then(write);
  }

  function save(what) {
    var name = form.dataset.name + (what === "csv" ? ".csv" : "-quarantine.jsonl");
    Files[what](Table.order()).then(function (blob) { Files.save(blob, name); });
  }

  function clicked(event) {
    var data = event.target.closest("button") && event.target.closest("button").dataset;
    if (!data) return;
    if (data.view) { show(data.view); apply().then(write); }
    if (data.add) add(data.add);
    if (data.save) save(data.save);
    if (data.open) cards.forEach(function (card) {
      if (!card.hidden) card.querySelector("details").open = data.open === "yes";
    });
  }

  function start() {
    form.hidden = false;
    form.addEventListener("input", later);
    form.addEventListener("click", clicked);
    form.addEventListener("submit", function (event) { event.preventDefault(); clearTimeout(waiting); typed(); });
    Table.heads.forEach(function (head) {
      head.addEventListener("click", function () { sort(head.dataset.sort); });
    });
    Table.onOpen(detail);
    byId("detail").addEventListener("click", function (event) {
      if (event.target.closest("button, a") || event.target === this) this.close();
    });
    document.querySelectorAll("a[data-ask]").forEach(function (asked) {
      asked.addEventListener("click", function (event) {
        event.preventDefault();
        take({ q: asked.dataset.ask, view: "rows", by: "", down: false }).then(write);
        form.scrollIntoView();
        form.elements.q.focus({ preventScroll: true });
      });
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
        event.preventDefault();
        form.elements.q.focus();
      }
    });
  }

  // ---- the clock of Art. 33, which only the reader's own clock can tell

  function tick(clock) {
    var left = Date.parse(clock.dataset.until) - Date.now(), hours = Math.floor(Math.abs(left) / 36e5);
    var told = hours >= 48 ? Math.floor(hours / 24) + " days" : hours + " h " + Math.floor(Math.abs(left) / 6e4 % 60) + " min";
    clock.textContent = left > 0 ? told + " left" : "over for " + told;
    clock.classList.toggle("over", left <= 0);
  }

  document.querySelectorAll("[data-until]").forEach(function (clock) {
    tick(clock);
    setInterval(function () { tick(clock); }, 60000);
  });

  // ---- paper

  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open], .asked, .incident > details)"));
    closed.forEach(function (box) { box.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (box) { box.open = false; });
  });

  if (form) start();
  window.addEventListener("hashchange", read);
  read();
})();
