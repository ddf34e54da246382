"""Rows as compressed columns that a page can carry: dictionary-coded, 50,000 rows to a chunk.

A chunk is gzip, in base64, of: the length of its head (4 bytes, little-endian), the head (JSON,
ASCII), and the numbers of one column after the other.  The head says `n`, how many rows there
are, and for each column its `w`, bytes for each number, and its `d`, the words that the numbers
stand for.  Numbers of more than one byte are stored byte plane by byte plane, lowest first,
which compresses best.  `reports/assets/decode.js` reads it.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

ROWS = 50_000  # to a chunk
_HEX = re.compile("[0-9a-f]{16}")


class Column(Protocol):
    """What a chunk can hold."""

    def coded(self, rows: Sequence[int]) -> tuple[dict[str, Any], bytes]:
        """The column's head and numbers, of the rows with these numbers."""


class Words:
    """A column of texts, each kept once.  `shown` is applied to a text before it is written."""

    def __init__(self, shown: Callable[[str], str], exact: bool = False) -> None:
        self._shown, self._exact = shown, exact
        self._codes, self._known = array("I"), dict[str, int]()

    def add(self, word: str) -> None:
        self._codes.append(self._known.setdefault(word, len(self._known)))

    def coded(self, rows: Sequence[int]) -> tuple[dict[str, Any], bytes]:
        """With `exact`, texts that are not shown as they are can be had through the head's `x`."""
        codes, words, local = self._codes, list(self._known), dict[int, int]()
        numbers = [local.setdefault(codes[row], len(local)) for row in rows]
        raw = [words[code] for code in local]
        told = [self._shown(word) for word in raw]
        head: dict[str, Any] = {"d": told}
        if self._exact:
            head["x"] = {n: word for n, word in enumerate(raw) if word != told[n]}
        return _with_planes(head, numbers)


class Numbers:
    """A column of numbers from 0 on.  Sorted ones are written as the steps between them."""

    def __init__(self, steps: bool = False) -> None:
        self.values, self._steps = array("q"), steps

    def add(self, number: int) -> None:
        self.values.append(max(number, 0))

    def coded(self, rows: Sequence[int]) -> tuple[dict[str, Any], bytes]:
        numbers = [self.values[row] for row in rows]
        if not self._steps:
            return _with_planes({}, numbers)
        pairs = zip(numbers[1:], numbers, strict=False)
        return _with_planes({"from": numbers[0]}, [0, *(after - before for after, before in pairs)])


class Ids:
    """A column of ids of 16 hexadecimal digits, kept as 8 bytes; other ids stay text."""

    def __init__(self) -> None:
        self._values, self._others = array("Q"), dict[int, str]()

    def add(self, name: str) -> None:
        fits = _HEX.fullmatch(name)
        if not fits:
            self._others[len(self._values)] = name
        self._values.append(int(name, 16) if fits else 0)

    def coded(self, rows: Sequence[int]) -> tuple[dict[str, Any], bytes]:
        others = {n: self._others[row] for n, row in enumerate(rows) if row in self._others}
        ids = array("Q", (self._values[row] for row in rows))
        ids.byteswap()  # digits in reading order
        return {"hex": 8, "x": others}, ids.tobytes()


class Through:
    """A column that another table has, looked up by a number in each row."""

    def __init__(self, column: Column, key: Numbers) -> None:
        self._column, self._key = column, key

    def coded(self, rows: Sequence[int]) -> tuple[dict[str, Any], bytes]:
        return self._column.coded([self._key.values[row] for row in rows])


class Once(Through):
    """As `Through`, for sorted keys of which a chunk holds each value once."""

    def coded(self, rows: Sequence[int]) -> tuple[dict[str, Any], bytes]:
        keys = dict.fromkeys(self._key.values[row] for row in rows)
        head, numbers = self._column.coded(list(keys))
        return head | {"once": 1}, numbers


def chunks(columns: Mapping[str, Column], order: Sequence[int]) -> Iterator[bytes]:
    """The rows in the given order, chunk by chunk."""
    for start in range(0, len(order), ROWS):
        yield _chunk(columns, order[start : start + ROWS])


def _chunk(columns: Mapping[str, Column], rows: Sequence[int]) -> bytes:
    made = {name: column.coded(rows) for name, column in columns.items()}
    heads = {name: head for name, (head, _) in made.items()}
    head = json.dumps({"n": len(rows), "columns": heads}, separators=(",", ":")).encode()
    body = b"".join([len(head).to_bytes(4, "little"), head, *(data for _, data in made.values())])
    return base64.b64encode(gzip.compress(body, 9, mtime=0))


def _with_planes(head: dict[str, Any], numbers: Iterable[int]) -> tuple[dict[str, Any], bytes]:
    values = array("Q", numbers)
    width = (max(values, default=0).bit_length() + 7) // 8
    data = values.tobytes()
    return head | {"w": width}, b"".join(data[plane::8] for plane in range(width))
