"""Anchors behind literals: each is compiled when a text holds the literal that it needs.

To compile thousands of expressions takes many seconds and hundreds of megabytes; thousands of
literals take a tenth of a second.  A small text touches few of them, so only what it touches is
compiled.  What is hit is the same as with all of them in one database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from scanner.regexes.literals import literals
from scanner.regexes.multipattern import Anchor

_WORTH = 48  # anchors of a database that other processes may use as well
_DATABASES = 24  # small ones, before they are made one

Hits = list[tuple[int, int]]


class Plan(msgspec.Struct, array_like=True, frozen=True):
    """Which anchors a literal stands for, and those that no literal stands for."""

    literals: list[Anchor]
    owners: list[list[int]]
    open: list[int]


def plan(anchors: Sequence[Anchor]) -> Plan:
    """Find the literals of the anchors, given by number."""
    owners: dict[Anchor, list[int]] = {}
    free = []
    for number, anchor in enumerate(anchors):
        known = literals(anchor)
        for literal in known:
            owners.setdefault(literal, []).append(number)
        if not known:
            free.append(number)
    return Plan(list(owners), list(owners.values()), free)


class Gated:
    """The small databases; `some` compiles anchors by number, `gate` is that of the literals,
    `rest` that of the anchors without one.  `keep` is told of databases worth keeping."""

    def __init__(
        self,
        known: Plan,
        gate: Any,
        rest: Any,
        some: Callable[[Sequence[int]], Any],
        keep: Callable[[Sequence[int], Any], None],
    ) -> None:
        self.plan, self.gate, self.rest = known, gate, rest
        self._some, self._keep = some, keep
        self._home: dict[int, Any] = {}  # by anchor, the database that has it

    def databases(self, data: Any) -> list[Any]:
        """Those that have every anchor which hits in this text."""
        wanted = self._wanted(data)
        new = sorted(wanted.difference(self._home))
        if new:
            self._add(new)
        small = {id(home): home for home in map(self._home.__getitem__, wanted)}
        return [*small.values(), *([] if self.rest is None else [self.rest])]

    def _wanted(self, data: Any) -> set[int]:
        seen: Hits = []
        self.gate.scan(data, match_event_handler=_collect, context=seen)
        return {number for literal, _ in seen for number in self.plan.owners[literal]}

    def _add(self, new: Sequence[int]) -> None:
        # What is kept is all that was asked for so far, else the next process would begin anew.
        if len(new) >= _WORTH or len(set(map(id, self._home.values()))) >= _DATABASES:
            new = sorted({*self._home, *new})
        numbers = list(new)
        database = self._some(numbers)
        self.take(numbers, database)
        if len(numbers) >= _WORTH:
            self._keep(numbers, database)

    def take(self, numbers: Iterable[int], database: Any) -> None:
        """Use a database that has these anchors."""
        self._home.update(dict.fromkeys(numbers, database))


def _collect(anchor: int, _start: int, end: int, _flags: int, hits: Any) -> None:
    hits.append((anchor, end))
