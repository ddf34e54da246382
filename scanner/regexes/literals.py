r"""Text that stands in every match of an anchor, read from the anchor as it is written.

Only what is plain is read: fixed characters, `(?i:...)`, groups and their alternatives.  The
rest says nothing, which is always right: an anchor without a literal is looked for by itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import product

from scanner.regexes.loose import TOKEN
from scanner.regexes.multipattern import Anchor

_SHORTEST = 2  # characters of a literal that is worth its place
_MOST = 64  # literals of one anchor
_WINDOW = 3  # characters that are spelled out in each case, where the engine knows only ASCII's
_TOKEN = re.compile(rf"\\x[0-9A-Fa-f]{{2}}|{TOKEN.pattern}", re.DOTALL)
_FIXED = re.compile(r"[^\\.^$|()\[\]{}*+?]|\\[^0-9A-Za-z]|\\[tnr]|\\x[0-9A-Fa-f]{2}|\\x\{[^}]*\}")
_ODD = r"\\x\{(?:130|131|17f|212a)\}"  # they fold to ASCII letters, and nearly no text has them
_CASES = re.compile(rf"\[(?:([A-Z])([a-z])|([a-z])([A-Z]))((?:{_ODD})*)\]")
_PAIR = re.compile(r"\[(\\x\{[^}]*\})(\\x\{[^}]*\})\]")
_COUNT = re.compile(r"[*+?]|\{\d+(?:,\d*)?\}")
_OPENING = re.compile(r"\?(i?):")
_UNREAD = re.compile(r"\\[QEcgkNopPuUx0-9]|\(\?#|[*+?{]", re.DOTALL)

_Choice = tuple[tuple[str, bool], ...]  # literals, each with "in any case"
_Char = tuple[tuple[str, ...], bool]  # how a fixed character may be written; in any case


class _Unread(Exception):
    """Something that is not plain."""


@lru_cache(maxsize=10_000)
def literals(anchor: Anchor) -> tuple[Anchor, ...]:
    """Anchors without anything but fixed text, of which one hits wherever the given one does.

    Empty where none is known.
    """
    body = anchor.expression.removeprefix("(?i)")
    caseless = anchor.caseless or body != anchor.expression
    try:
        choice = _Reader(_TOKEN.findall(body), caseless).read()
    except _Unread:
        return ()
    odd = _ODD_ONES if choice and re.search(_ODD, body) else ()
    return tuple(
        replace(anchor, expression=text, caseless=fold, unicode=False, starts=False, owner="")
        for text, fold in (*choice, *odd)
    )


_ODD_ONES: _Choice = tuple((rf"\x{{{code}}}", False) for code in ("130", "131", "17f", "212a"))


class _Reader:
    """Recursive descent over the tokens of an expression."""

    def __init__(self, tokens: list[str], caseless: bool) -> None:
        self._tokens, self._at, self._caseless = tokens, 0, caseless

    def read(self) -> _Choice:
        choice = self._either(self._caseless)
        if self._at < len(self._tokens):
            raise _Unread
        return choice

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self, fold: bool) -> _Choice:
        """Alternatives: one literal of each, or nothing."""
        parts = [self._sequence(fold)]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._sequence(fold))
        if not all(parts) or sum(map(len, parts)) > _MOST:
            return ()
        return tuple(dict.fromkeys(one for part in parts for one in part))

    def _sequence(self, fold: bool) -> _Choice:
        """The best of what stands one after the other."""
        found: list[_Choice] = []
        run: list[_Char] = []
        while self._peek() not in ("", "|", ")"):
            fixed, choice = self._item(fold)
            low, once = self._times()
            if fixed and low:
                run.append(fixed)
            if not fixed or not low or not once:
                found.append(_joined(run))
                run = []
            if low:
                found.append(choice)
        return min(filter(None, [*found, _joined(run)]), key=_often, default=())

    def _item(self, fold: bool) -> tuple[_Char | None, _Choice]:
        """A fixed character, or what a group says."""
        piece = self._next()
        if piece == "(":
            return self._group(fold)
        if _FIXED.fullmatch(piece):
            return ((piece,), fold), ()
        cases, pair = _CASES.fullmatch(piece), _PAIR.fullmatch(piece)
        if cases and len({one.lower() for one in cases.groups()[:4] if one}) == 1:
            return ((piece[1],), True), ()
        if pair:
            return ((pair[1], pair[2]), fold), ()
        if _UNREAD.match(piece):
            raise _Unread
        return None, ()

    def _group(self, fold: bool) -> tuple[_Char | None, _Choice]:
        opening = "".join(self._tokens[self._at : self._at + 3])
        known = _OPENING.match(opening)
        if known is None and opening.startswith("?"):
            raise _Unread
        self._at += known.end() if known else 0
        start = self._at
        choice = self._either(fold or (known is not None and bool(known[1])))
        if self._peek() != ")":
            raise _Unread
        inside = self._tokens[start : self._at]
        self._at += 1
        if len(inside) == 3 and inside[1] == "|" and all(map(_FIXED.fullmatch, inside[::2])):
            return ((inside[0], inside[2]), fold), ()
        return None, choice

    def _times(self) -> tuple[bool, bool]:
        """Whether the item must be there, and whether it is there once."""
        count = self._peek()
        if not _COUNT.fullmatch(count):
            return True, True
        self._at += 1
        if self._peek() in ("?", "+"):
            self._at += 1
        must = count == "+" or (count.startswith("{") and int(re.findall(r"\d+", count)[0]) > 0)
        return must, False


def _joined(run: list[_Char]) -> _Choice:
    """The literals that a run of fixed characters is, or begins with."""
    if any(len(texts) > 1 for texts, _ in run):
        run = run[:_WINDOW]
    if len(run) < _SHORTEST:
        return ()
    fold = any(folds for _, folds in run)
    return tuple(("".join(one), fold) for one in product(*(texts for texts, _ in run)))


def _often(choice: _Choice) -> float:
    """How often one of them stands in text, roughly."""
    return sum((0.06 if fold else 0.04) ** len(_TOKEN.findall(text)) for text, fold in choice)
