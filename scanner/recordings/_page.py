"""The nodes of a recorded page, as far as they say what its fields are for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.keystrokes.secure import is_secure_name

_FIELDS = frozenset({"input", "textarea", "select"})
_NAMES = ("name", "id", "aria-label", "placeholder", "title", "data-testid")
_MOST = 200_000  # nodes that are remembered


class Page:
    """Fields by node id.  A field that was ever a password field stays one."""

    def __init__(self) -> None:
        self._fields: dict[str, dict[str, Any]] = {}
        self._hidden: set[str] = set()
        self._labels: dict[str, str] = {}

    def read(self, node: Any) -> None:
        """Take a node of a snapshot with all below it."""
        below = [node]
        while below:
            one = below.pop()
            if not isinstance(one, dict):
                continue
            children = one.get("childNodes")
            below += children if isinstance(children, list) else []
            tag, attributes = one.get("tagName"), one.get("attributes")
            if tag == "label" and isinstance(attributes, dict):
                self._labels[str(attributes.get("for", ""))] = _text(one)[:200]
            elif tag in _FIELDS and isinstance(attributes, dict) and len(self._fields) < _MOST:
                self.change(one.get("id"), attributes)

    def change(self, node: Any, attributes: Any) -> None:
        """New attributes of a node."""
        if not isinstance(attributes, dict):
            return
        known = self._fields.setdefault(str(node), {})
        known |= {
            name: attributes[name]
            for name in (*_NAMES, "type", "autocomplete")
            if attributes.get(name)
        }
        kind, fill = str(known.get("type", "")), str(known.get("autocomplete", ""))
        if kind.lower() == "password" or "password" in fill or fill == "one-time-code":
            self._hidden.add(str(node))

    def field(self, node: Any) -> tuple[str, bool]:
        """The name of a field, and whether it is for secrets."""
        known = self._fields.get(str(node), {})
        names = [str(known[name]) for name in _NAMES if known.get(name)]
        label = self._labels.get(str(known.get("id", "\0")), "")
        secure = str(node) in self._hidden or any(map(is_secure_name, [*names, label]))
        return next(iter(names), label), secure


def _text(node: dict[str, Any]) -> str:
    return " ".join(text for _, text in strings(node.get("childNodes"), "textContent"))


def strings(value: Any, only: str = "") -> Iterator[tuple[str, str]]:
    """(name, text) of every string in a JSON value; `only`: of members with this name."""
    below: list[tuple[str, Any]] = [("", value)]
    while below:
        name, one = below.pop()
        if isinstance(one, str):
            if one and only in ("", name):
                yield name, one
        elif isinstance(one, list):
            below += [(name, item) for item in reversed(one)]
        elif isinstance(one, dict):
            below += reversed(one.items())
