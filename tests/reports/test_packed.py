"""Rows that were packed are the rows that come out."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.packed import ROWS, Ids, Numbers, Once, Through, Words, chunks

TEXT = st.text(max_size=8)
NUMBER = st.integers(0, 2**40)
HEX = st.text("0123456789abcdef", min_size=16, max_size=16)
ROW = st.tuples(TEXT, NUMBER, st.one_of(HEX, TEXT))


class Unpacked:
    """A chunk as the page reads it."""

    def __init__(self, packed: bytes) -> None:
        data = gzip.decompress(base64.b64decode(packed))
        end = 4 + int.from_bytes(data[:4], "little")
        self.head = json.loads(data[4:end])
        self.rows: int = self.head["n"]
        self.columns: dict[str, list[Any]] = {}
        for name, head in self.head["columns"].items():
            count = len(dict.fromkeys(self.columns["rank"])) if head.get("once") else self.rows
            end = self._take(name, head, data, end, count)
        assert end == len(data)

    def _take(self, name: str, head: Any, data: bytes, at: int, count: int) -> int:
        if "hex" in head:
            ids = [data[at + 8 * n : at + 8 * n + 8].hex() for n in range(count)]
            self.columns[name] = [head["x"].get(str(n), text) for n, text in enumerate(ids)]
            return at + 8 * count
        planes = [data[at + p * count : at + (p + 1) * count] for p in range(head["w"])]
        numbers = [sum(plane[n] << 8 * p for p, plane in enumerate(planes)) for n in range(count)]
        if "from" in head:
            total = head["from"]
            numbers = [total := total + step for step in numbers]
        self.columns[name] = [head["d"][n] for n in numbers] if "d" in head else numbers
        return at + head["w"] * count


@settings(max_examples=40)
@given(st.lists(ROW, min_size=1, max_size=30), st.data())
def test_there_and_back(rows: list[tuple[str, int, str]], data: st.DataObject) -> None:
    words, numbers, ids = Words(str), Numbers(), Ids()
    for word, number, name in rows:
        words.add(word)
        numbers.add(number)
        ids.add(name)
    order = data.draw(st.permutations(range(len(rows))))
    (packed,) = chunks({"word": words, "number": numbers, "id": ids}, order)
    found = Unpacked(packed).columns
    got = list(zip(found["word"], found["number"], found["id"], strict=True))
    assert got == [rows[n] for n in order]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_what_another_table_has_is_looked_up(ranks: list[int]) -> None:
    rank, names, titles = Numbers(steps=True), Ids(), Words(str)
    for number in range(6):
        names.add(f"{number:016x}")
        titles.add(f"title {number}")
    for number in sorted(ranks):
        rank.add(number)
    columns = {"rank": rank, "name": Once(names, rank), "title": Through(titles, rank)}
    (packed,) = chunks(columns, range(len(ranks)))
    found = Unpacked(packed).columns
    assert found["rank"] == sorted(ranks)
    assert found["name"] == [f"{n:016x}" for n in sorted(set(ranks))]
    assert found["title"] == [f"title {n}" for n in sorted(ranks)]


def test_many_rows_are_cut_into_chunks() -> None:
    numbers = Numbers()
    for number in range(ROWS + 3):
        numbers.add(number)
    found = [Unpacked(packed) for packed in chunks({"n": numbers}, range(ROWS + 3))]
    assert [one.rows for one in found] == [ROWS, 3]
    assert found[1].columns["n"] == [ROWS, ROWS + 1, ROWS + 2]
