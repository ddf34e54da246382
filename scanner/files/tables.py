"""Rows of CSV, JSON and JSON Lines exports, each with the line or position it stands at."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One row: its line (CSV, JSON Lines) or position (JSON), counted from 1, and its cells."""

    number: int
    cells: Mapping[str, Any]


def rows(
    path: Path, log: UnitLog, key: str, check: Callable[[tuple[str, ...]], object] = tuple
) -> Iterator[Row]:
    """The rows of an export, whatever of the three forms it has.

    `check` is given the header of a CSV before any row, and may raise.

    JSON is a list of objects, or an object whose `key` is one.  A row that is none is counted
    in `log` by its number.  Raises UnreadableError when the file is none of these forms.
    """
    text = read_text(path)
    start = text.lstrip()[:1]
    if not start:
        raise UnreadableError("the export is empty", str(path), "export it again", "grants.empty")
    if start in "[{":
        return _json_rows(text, str(path), log, key)
    return _csv_rows(text, str(path), log, check)


def _csv_rows(
    text: str, where: str, log: UnitLog, check: Callable[[tuple[str, ...]], object]
) -> Iterator[Row]:
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        if len(set(header)) != len(header):
            raise UnreadableError("two columns of the header have one name", where, "rename one")
        check(tuple(header))
        for cells in reader:
            if any(c.strip() for c in cells):
                yield from _csv_row(header, cells, reader.line_num, where, log)
    except csv.Error:
        raise UnreadableError(
            f"the CSV cannot be read on after line {reader.line_num}",
            where,
            "look for a quote that is not closed",
            "grants.invalid_csv",
        ) from None


def _csv_row(
    header: list[str], cells: list[str], line: int, where: str, log: UnitLog
) -> Iterator[Row]:
    log.records += 1
    if len(cells) == len(header):
        yield Row(line, dict(zip(header, cells, strict=True)))
        return
    bad(log, "a row has not as many cells as the header", where, line)


def _json_rows(text: str, where: str, log: UnitLog, key: str) -> Iterator[Row]:
    listed = _json_lines(text, where, log)
    if listed is None:
        whole = parse_json(text, where)
        found = whole.get(key) if isinstance(whole, dict) else whole
        if not isinstance(found, list):
            raise UnreadableError(
                f"the JSON is neither a list nor an object with a list {key!r}",
                where,
                "see the documented form",
                "grants.unknown_form",
            )
        nested = all(isinstance(item, list) for item in found)  # the answers of several queries
        listed = enumerate([i for one in found for i in one] if nested else found, 1)
    for number, item in listed:
        log.records += 1
        if isinstance(item, dict):
            yield Row(number, item)
        else:
            bad(log, "a row is not a JSON object", where, number)


def _json_lines(text: str, where: str, log: UnitLog) -> Iterator[tuple[int, Any]] | None:
    """The lines of JSON Lines; None when the first line is not a whole object."""
    first = text.lstrip().split("\n", 1)[0]
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return None
    one_object = text.strip() == first.strip()
    return None if first.startswith("[") or one_object else _each_line(text, where, log)


def _each_line(text: str, where: str, log: UnitLog) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, parse_json(line, where)
            except UnreadableError as error:
                log.records += 1
                bad(log, f"a line is {error.what.partition(' at line')[0]}", where, number)


def bad(log: UnitLog, what: str, where: str, number: int, hint: str = "correct the row") -> None:
    """Count a row that cannot be used, by its number."""
    log.failed_records += 1
    log.problem("grants.row", what, where, hint, number)
