"""What readers of JSON records and of text lines share: errors counted by number, never quoted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.logs import _records
from scanner.logs._rows import Row, rows
from scanner.model import AccessEvent

Cells = Mapping[str, Any]


class RejectedError(Exception):
    """A record that cannot be used, in our words."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Form:
    """How one format's records are told as events.

    `kind` is how a record is called in problems ("a Cloud Audit Logs entry"); `columns` are
    those that an export as a table has at least, in lower case.
    """

    kind: str
    events: Callable[[Cells, str, int], Iterable[AccessEvent]]  # of a record, its file and number
    columns: Collection[str] = ()


def of_records(path: Path, log: UnitLog, form: Form) -> Iterator[AccessEvent]:
    """The events of every JSON object of a file; what has not the form is counted by number.

    Raises UnreadableError where the file breaks off.
    """
    for number, raw in enumerate(_records.split(path, log)):
        yield from _tried(form, partial(_object, raw), path, log, number)


def of_table(path: Path, log: UnitLog, form: Form) -> Iterator[AccessEvent]:
    """The same for an export of a table: CSV, JSON Lines, a JSON list, or Parquet.

    Names of columns come in lower case.  Raises UnreadableError when one of `columns` is missing
    in a form that names them once.
    """
    if _is_list(path):
        for number, raw in enumerate(_records.split(path, log)):
            yield from _tried(form, partial(_lower_object, raw), path, log, number)
        return
    for row in rows(path, {}, log, partial(_check, form, path)):
        log.records += 1
        yield from _tried(form, partial(_cells, row), path, log, row.number)


def _check(form: Form, path: Path, columns: Collection[str]) -> None:
    there = {column.strip().lower() for column in columns}
    missing = [name for name in form.columns if name not in there]
    if missing:
        raise UnreadableError(
            f"the table has no column {missing[0]}, which {form.kind} has",
            str(path),
            "export the whole table, with its header, or name the format in the policy",
            "log.columns",
        )


def _tried(
    form: Form, read: Callable[[], Cells], path: Path, log: UnitLog, number: int
) -> Iterable[AccessEvent]:
    hint = f"look at the record in {path}"
    try:
        return list(form.events(read(), str(path), number))
    except RejectedError as error:
        log.bad_record("log.record", error.what, number, hint)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError):
        log.bad_record("log.record", f"{form.kind} has not the form of one", number, hint)
    return ()


def _object(raw: bytes | msgspec.Raw) -> Cells:
    found = msgspec.json.decode(raw)
    if not isinstance(found, dict):
        raise ValueError
    return found


def _lower_object(raw: bytes | msgspec.Raw) -> Cells:
    return _lower(_object(raw))


def _is_list(path: Path) -> bool:
    """True for one JSON document that is a list, which `rows` does not know."""
    from scanner.logs._stream import chunks

    try:
        first: bytes = next(iter(chunks(path)), b"")
    except ValueError:
        return False
    return first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _cells(row: Row) -> Cells:
    if row.cells is None:
        raise RejectedError(row.problem)
    return _lower(row.cells)


def _lower(cells: Cells) -> Cells:
    return {name.lower(): value for name, value in cells.items()}


def at(cells: Any, *path: str) -> Any:
    """What stands under a path of keys; None where there is nothing."""
    for key in path:
        cells = cells.get(key) if isinstance(cells, Mapping) else None
    return cells


def text(value: Any) -> str:
    """A scalar as text, "" for nothing and for what is no scalar."""
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def first(*values: Any) -> str:
    """The first of them that says something."""
    return next((found for found in map(text, values) if found), "")


def count(value: Any) -> int | None:
    """A count that may be written as text or as a float; None when it is no count."""
    try:
        number = None if value is None or isinstance(value, bool) else float(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return int(number) if number is not None and 0 <= number < 2**63 else None


def listed(value: Any) -> list[Any]:
    """A list that may be written as JSON text, as exports of tables do; [] when it is none."""
    found = parsed(value)
    return found if isinstance(found, list) else []


def parsed(value: Any) -> Any:
    """JSON that a table holds as text, or the value itself.  Raises ValueError for broken JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return msgspec.json.decode(value)
    return value
