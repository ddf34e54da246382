"""What stands beside a value in the other columns of its row: for `TextBatch.fields`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.batch import Place

Wanted = Callable[[str], bool]


class Beside:
    """Rows of a table as mappings; the columns are read when the first row is asked for.

    `read(wanted)` gives arrays by column name; the first of their rows is record `first`.
    """

    def __init__(self, read: Callable[[Wanted], dict[str, Any]], first: int) -> None:
        self._read, self._first = read, first
        self._columns: dict[str, Any] | None = None

    def fields(self, place: Place, wanted: Wanted) -> dict[str, Any]:
        """The row of a place, as far as its columns were read."""
        if self._columns is None:
            self._columns = self._read(wanted)
        row = (place.record or 0) - self._first
        return {name: _value(column, row) for name, column in self._columns.items()}


def _value(column: Any, row: int) -> Any:
    try:
        return column[row].as_py()
    except (ValueError, OverflowError, IndexError):  # a time that Python has no form for
        return None


def may_tell(name: str, kind: Any, wanted: Wanted, above: str = "") -> bool:
    """True for a column by a telling name, and for one with members that may have such names."""
    from pyarrow import types

    if types.is_struct(kind):
        return wanted(name) or any(may_tell(one.name, one.type, wanted, name) for one in kind)
    nested = types.is_map(kind) or (bool(above) and types.is_nested(kind))
    return nested or wanted(name) or (bool(above) and wanted(f"{above}_{name}"))


def packed(column: Any) -> Any:
    """A simple column as one of a dictionary, if it is of text: what tells of rows is repeated."""
    from pyarrow import types

    text = types.is_string(column.type) or types.is_large_string(column.type)
    return column.dictionary_encode() if text else column


def simple(column: Any) -> Any:
    """The column in one piece, as one of values where it was of a dictionary, times in us.

    Raises pyarrow.ArrowException when its buffers contradict each other.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    column.validate(full=True)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if pa.types.is_run_end_encoded(column.type):
        column = pc.run_end_decode(column)
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return column
