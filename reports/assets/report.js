// Filters the incidents and opens what a link points to.  The page says everything without it.
(function () {
  "use strict";
  var form = document.getElementById("filter");
  var items = Array.prototype.slice.call(document.querySelectorAll(".incident"));

  function open(item, wanted) {
    item.querySelector("details").open = wanted;
  }

  function follow() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var item = target && target.closest(".incident");
    if (item) {
      item.hidden = false;
      open(item, true);
      item.scrollIntoView();
      item.querySelector("summary").focus({ preventScroll: true });
    }
  }

  function opens(wanted) {
    items.forEach(function (item) {
      if (!item.hidden) open(item, wanted);
    });
  }

  window.addEventListener("hashchange", follow);
  window.addEventListener("load", follow);

  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open], .asked)"));
    closed.forEach(function (box) { box.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (box) { box.open = false; });
  });

  if (!form) return;
  var field = form.elements;
  var texts = items.map(function (item) { return item.textContent.toLowerCase(); });

  function matches(item, at) {
    var words = field.text.value.toLowerCase().split(/\s+/);
    return (!field.severity.value || item.dataset.severity === field.severity.value) &&
      (!field.category.value || item.dataset.category === field.category.value) &&
      (!field.blocks.checked || item.dataset.blocks === "yes") &&
      words.every(function (word) { return texts[at].indexOf(word) >= 0; });
  }

  function apply() {
    var shown = 0;
    items.forEach(function (item, at) {
      item.hidden = !matches(item, at);
      if (!item.hidden) shown += 1;
    });
    field.count.textContent = shown + " of " + items.length + " shown";
    document.getElementById("none").hidden = shown > 0;
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.querySelectorAll("[data-open]").forEach(function (button) {
    button.addEventListener("click", function () { opens(button.dataset.open === "yes"); });
  });
  apply();
})();
