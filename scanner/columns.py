"""Dataclasses as Arrow columns, and back: how anything of `scanner.model` is kept on disk.

Text, numbers and enums are plain columns, times are UTC microseconds, tuples are lists and
nested dataclasses are structs.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from scanner.errors import LeakgateError

if TYPE_CHECKING:
    import pyarrow as pa


def schema(cls: type) -> pa.Schema:
    """The Arrow schema of a dataclass."""
    import pyarrow as pa

    return pa.schema([pa.field(name, _arrow(hint)) for name, hint in _hints(cls).items()])


def batch(cls: type, rows: Sequence[Any]) -> pa.RecordBatch:
    """The rows as a record batch of the dataclass's schema.

    Raises LeakgateError when a value does not fit its column (a time without a zone, a
    number beyond 64 bits); half characters (lone surrogates) become U+FFFD.
    """
    import pyarrow as pa

    arrays = [_column(cls, name, hint, rows) for name, hint in _hints(cls).items()]
    return pa.record_batch(arrays, schema=schema(cls))


def objects(cls: type, rows: pa.RecordBatch) -> Iterator[Any]:
    """The dataclasses that the rows of a batch were made from."""
    build = builder(cls)
    for row in rows.to_pylist():
        yield build(row)


def whole(row: Any) -> Any:
    """A dataclass with every lone surrogate in its texts replaced, as columns would hold it."""
    cls = type(row)
    return builder(cls)(_whole(_plain(cls)(row)))


def _column(cls: type, name: str, hint: Any, rows: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    plain = _plain(hint)
    values = [plain(getattr(row, name)) for row in rows]
    try:
        return pa.array(values, _arrow(hint))
    except UnicodeEncodeError:
        return pa.array([_whole(value) for value in values], _arrow(hint))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        raise LeakgateError(
            "a value does not fit its ledger column",
            f"{cls.__name__}.{name}",
            "this is a fault of the reader that made the row; please report it",
        ) from None


@cache
def _hints(cls: type) -> dict[str, Any]:
    found = get_type_hints(cls)
    return {f.name: found[f.name] for f in fields(cls)}


def _bare(hint: Any) -> Any:
    """The type without `| None`."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(a for a in get_args(hint) if a is not type(None))
    return hint


def _item(hint: Any) -> Any:
    """The type of a tuple's items, None for what is no tuple.  Items are all of one type."""
    return get_args(hint)[0] if get_origin(hint) is tuple else None


def _arrow(hint: Any) -> pa.DataType:
    import pyarrow as pa

    hint = _bare(hint)
    if _item(hint) is not None:
        return pa.list_(_arrow(_item(hint)))
    if is_dataclass(hint):
        return pa.struct([(n, _arrow(h)) for n, h in _hints(_class(hint)).items()])
    if hint is datetime:
        return pa.timestamp("us", "UTC")
    if hint is bool:
        return pa.bool_()
    return pa.int64() if hint is int else pa.string()


def _plain(hint: Any) -> Callable[[Any], Any]:
    """A function that makes Arrow's input from a value of this type."""
    hint = _bare(hint)
    item = _item(hint)
    if item is not None:
        inner = _plain(item)
        return lambda value: [inner(v) for v in value]
    if is_dataclass(hint):
        parts = [(n, _plain(h)) for n, h in _hints(_class(hint)).items()]
        return lambda value: {n: plain(getattr(value, n)) for n, plain in parts}
    return _zoned if hint is datetime else _same


def builder(hint: Any) -> Callable[[Any], Any]:
    """A function that makes a value of this type from Arrow's output."""
    hint = _bare(hint)
    item = _item(hint)
    if item is not None:
        inner = builder(item)
        return lambda value: tuple(inner(v) for v in value)
    if is_dataclass(hint):
        cls = _class(hint)
        parts = [(n, builder(h)) for n, h in _hints(cls).items()]
        return lambda row: cls(**{n: make(row[n]) for n, make in parts})
    if hint is datetime:
        return lambda value: None if value is None else value.astimezone(UTC)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return _same


def _class(hint: Any) -> type:
    assert isinstance(hint, type)
    return hint


def _same(value: Any) -> Any:
    return value


def _zoned(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise LeakgateError(
            "a time without a zone", "", "this is a fault of the reader; please report it"
        )
    return value


def _whole(value: Any) -> Any:
    """The value with every lone surrogate replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(v) for v in value]
    if isinstance(value, dict):
        return {k: _whole(v) for k, v in value.items()}
    return value
