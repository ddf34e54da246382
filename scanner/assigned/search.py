"""Finds where texts give values to names: each syntax near the places where anchors ended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from scanner.assigned.fragments import NAME_CHARS, REACH, TAIL
from scanner.assigned.names import CORE
from scanner.assigned.syntaxes import Family, Syntax
from scanner.regexes import linear
from scanner.regexes.shapes import first_bytes
from scanner.rulepacks.windows import found_in, near, windows

_VALUE_GROUPS = ("tq", "dq", "sq", "bq", "eq", "pq", "bare", "block")
_BACK = 128  # bytes from the beginning of a name's core to the end of its anchor, at most
_HEAD = 60  # bytes of a name before its core, at most
_BEFORE = 120  # bytes of what stands before a name, at most
_TAIL = re.compile(TAIL.encode())
_CHARS = bytes(c for c in range(128) if re.match(NAME_CHARS, chr(c)))


class Given(NamedTuple):
    """A value that a text gives to a name, with its span in bytes."""

    name: str
    bare: bool
    start: int
    end: int
    syntax: Syntax


class Search(Protocol):
    """Finds what the syntaxes of one family give to names."""

    def __call__(self, data: bytes, hits: Sequence[int]) -> Iterator[Given]: ...


def search(family: Family) -> Search:
    """The search for a family; it compiles what it needs when it is first called."""
    return _BehindNames(family.syntaxes) if family.behind_names else _Anywhere(family.syntaxes)


class _Groups:
    """Where the groups of a compiled syntax are."""

    def __init__(self, regex: Any) -> None:
        groups = regex.groupindex
        self.name: int | None = groups.get("name")
        self._values = [(g == "bare", groups[g]) for g in _VALUE_GROUPS if g in groups]

    def value(self, found: Any) -> tuple[bool, tuple[int, int]]:
        """Whether the value stands bare, and its span in bytes."""
        spans = ((bare, found.span(group)) for bare, group in self._values)
        return next((bare, span) for bare, span in spans if span[0] >= 0)

    def value_start(self, found: Any) -> int:
        return self.value(found)[1][0]


class _Anywhere:
    """Syntaxes that are searched for in windows round the hits."""

    def __init__(self, syntaxes: Sequence[Syntax]) -> None:
        self._syntaxes = syntaxes

    @cached_property
    def _compiled(self) -> list[tuple[Syntax, Any, _Groups]]:
        regexes = ((one, linear.compile_re(one.pattern)) for one in self._syntaxes)
        return [(one, regex, _Groups(regex)) for one, regex in regexes]

    def __call__(self, data: bytes, hits: Sequence[int]) -> Iterator[Given]:
        for syntax, regex, groups in self._compiled:
            for window in windows(len(data), hits, REACH):
                # The value may itself hold an assignment, as in password="token=...".
                for found in found_in(regex, data, window, REACH, groups.value_start):
                    bare, (start, end) = groups.value(found)
                    name = found[groups.name] if groups.name else syntax.stands_for.encode()
                    yield Given(name.decode("utf-8", "replace"), bare, start, end, syntax)


class _Form:
    """A syntax that is matched where a name ends."""

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.regex = linear.compile_re(f"(?P<name>{TAIL}){syntax.pattern}")
        self._groups = _Groups(self.regex)
        name = rf"(?P<name>{NAME_CHARS}{{0,{_HEAD}}})\Z"
        self._before = re.compile((syntax.before + name).encode()) if syntax.before else None

    def given(self, data: bytes, core: tuple[int, int]) -> Given | None:
        """What it gives to the name that has its core here."""
        found, end = None, min(len(data), core[1] + REACH)
        while (found := self.regex.match(data, core[1], end)) and found.end() == end < len(data):
            end = min(len(data), core[1] + 2 * (end - core[1]))  # the window had cut it
        start = self._name_start(data, core[0]) if found else None
        if found is None or start is None:
            return None
        name = data[start : found.end(self._groups.name)].decode("utf-8", "replace")
        bare, (low, high) = self._groups.value(found)
        return Given(name, bare, low, high, self.syntax)

    def _name_start(self, data: bytes, core: int) -> int | None:
        """Where the name begins; None when it does not stand where it must."""
        if self._before is None:
            low = max(0, core - _HEAD)
            return low + len(data[low:core].rstrip(_CHARS))
        found = self._before.search(data, max(0, core - _HEAD - _BEFORE), core)
        return found.start("name") if found else None


class _BehindNames:
    """Syntaxes in which the name comes first: matched where a core of names stands.

    A search for a whole syntax looks at each letter of a text as the beginning of a name, and
    at fifteen syntaxes that is what a long text of code costs most.
    """

    def __init__(self, syntaxes: Sequence[Syntax]) -> None:
        self._syntaxes = syntaxes

    @cached_property
    def _core(self) -> Any:
        return linear.compile_re(CORE)

    @cached_property
    def _forms(self) -> list[_Form]:
        return [_Form(syntax) for syntax in self._syntaxes]

    @cached_property
    def _beginning(self) -> list[set[int]]:
        """By byte: the forms, by number, of which what stands behind the name may begin so."""
        first = [first_bytes(syntax.pattern) for syntax in self._syntaxes]
        return [{n for n, some in enumerate(first) if byte in some} for byte in range(256)]

    def __call__(self, data: bytes, hits: Sequence[int]) -> Iterator[Given]:
        resume = [0] * len(self._forms)  # a name between another name and its value is none
        for core in self._cores(data, hits):
            for at in sorted(self._possible(data, core[1])):
                if core[0] >= resume[at] and (given := self._forms[at].given(data, core)):
                    resume[at] = given.start
                    yield given

    def _possible(self, data: bytes, end: int) -> set[int]:
        """The forms, by number, that may stand behind a core which ends here.

        A name may end before the last character that it could have, as in `password->key`.
        """
        tail = _TAIL.match(data, end)
        behind = data[end : tail.end() + 1] if tail else b""
        return set[int]().union(*map(self._beginning.__getitem__, set(behind)))

    def _cores(self, data: bytes, hits: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The cores near the hits; two may share a letter, as in `monkey key`."""
        places = [(hit - _BACK, hit) for hit in sorted(hits)] or [(0, len(data))]
        for low, high in near(len(data), places, 0):
            at = low
            while found := self._core.search(data, at, high):
                yield found.span()
                at = max(found.start() + 1, found.end() - 1)
