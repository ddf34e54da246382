"""Arrow arrays checked and turned into text, in C++ wherever all rows are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.batch import UnitLog
from scanner.files.streams import is_binary
from scanner.model import Part
from scanner.sources._lines import decode
from scanner.sources._packed import packed_text
from scanner.sources._seen import HEAD, is_read

if TYPE_CHECKING:
    import pyarrow as pa

_LONG = 10**6  # numbers below have too few digits to identify anybody
_EXACT = 10.0**17  # floats above do not stand for the number that was meant


def readable(column: pa.Array) -> tuple[pa.Array, bool]:
    """The column, and whether its strings had to be made binary: they are not UTF-8.

    Raises pyarrow.ArrowException when its buffers contradict each other.
    """
    import pyarrow as pa

    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        column = _as_binary(column)
        column.validate(full=True)
        return column, True
    return column, False


def as_text(
    array: pa.Array, log: UnitLog, lossy: bool = False, floats: bool = False, every: bool = False
) -> tuple[pa.Array | None, Part]:
    """The texts of a flat array, null where there is none; None when it can hold none.

    Strings and binary values that are UTF-8 are values; whole numbers of seven digits and
    more are numbers, with `floats` also those kept as floats, with `every` all others too.
    `lossy` says that the binary values are strings after all, and are read as best they can be.
    """
    from pyarrow import types

    kind = array.type
    if types.is_string(kind) or types.is_large_string(kind):
        return array, Part.VALUE
    if types.is_string_view(kind):
        return array.cast("large_string"), Part.VALUE
    if _is_binary(kind):
        return _binary_text(array, log, lossy), Part.VALUE
    return (_all_numbers if every else _numbers)(array, floats), Part.NUMBER


def _all_numbers(array: pa.Array, floats: bool) -> pa.Array | None:
    from pyarrow import types

    kind = array.type
    known = types.is_floating(kind) or types.is_integer(kind) or types.is_decimal(kind)
    return _numbers(array, floats) if not known else array.cast("string")


def _is_binary(kind: pa.DataType) -> bool:
    from pyarrow import types

    tests = types.is_binary, types.is_large_binary, types.is_binary_view
    return any(test(kind) for test in tests) or bool(types.is_fixed_size_binary(kind))


def _binary_text(array: pa.Array, log: UnitLog, lossy: bool) -> pa.Array:
    import pyarrow as pa

    try:
        return array.cast(pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        texts = [_text_of(value, log, lossy) for value in array]
    return pa.array(texts, pa.large_string())


def _text_of(value: Any, log: UnitLog, lossy: bool) -> str | None:
    if not value.is_valid:
        return None
    data = value.as_buffer()
    if lossy and not is_binary(data.to_pybytes()):
        what = "strings that are not UTF-8 were read as Windows-1252"
        text, guessed = decode(data.to_pybytes())
        if guessed:
            log.problem("note.encoding", what)
        return text
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        packed = packed_text(data.to_pybytes(), log)
        if packed is not None:
            return packed
        if is_read(data[:HEAD].to_pybytes()):
            return None  # `scanner.recordings.pictures` reads it
        hint = "drop the column, or scan what it holds in a format of its own"
        log.problem("source.binary_value", "binary values were not scanned", "", hint)
        return None


def _numbers(array: pa.Array, floats: bool) -> pa.Array | None:
    from pyarrow import types

    kind = array.type
    if types.is_integer(kind) and kind.bit_width >= 32:
        return _long(array)
    if types.is_decimal(kind):
        return array.cast("string") if _any_long(array.cast("float64", safe=False)) else None
    if floats and types.is_float64(kind):
        return _whole(array)
    return None


def _long(array: pa.Array) -> pa.Array | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _any_long(array):
        return None
    far = pc.greater_equal(array, pa.scalar(_LONG, array.type))
    if pa.types.is_signed_integer(array.type):
        far = pc.or_(far, pc.less_equal(array, pa.scalar(-_LONG, array.type)))
    return pc.if_else(far, array, pa.scalar(None, array.type)).cast("string")


def _any_long(array: pa.Array) -> bool:
    import pyarrow.compute as pc

    ends = pc.min_max(array)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    return low is not None and (low <= -_LONG or high >= _LONG)


def _whole(array: pa.Array) -> pa.Array | None:
    """Floats that are whole: what pandas makes of integers with gaps."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size = pc.abs(array)
    far = pc.and_(pc.greater_equal(size, float(_LONG)), pc.less(size, _EXACT))
    whole = pc.and_(far, pc.equal(pc.floor(array), array))
    if not pc.any(whole).as_py():
        return None
    return pc.if_else(whole, array, pa.scalar(None, array.type)).cast("int64").cast("string")


def _as_binary(array: pa.Array) -> pa.Array:
    import pyarrow as pa

    if isinstance(array, pa.ExtensionArray):
        return _as_binary(array.storage)
    if isinstance(array, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(array.indices, _as_binary(array.dictionary))
    return array.cast(_binary_type(array.type))


def _binary_type(kind: pa.DataType) -> pa.DataType:
    """The type with binary in the place of string, at any depth."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_string(kind) or types.is_string_view(kind) or types.is_large_string(kind):
        return pa.large_binary()
    if types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return pa.struct([f.with_type(_binary_type(f.type)) for f in fields])
    if types.is_map(kind):
        return pa.map_(_binary_type(kind.key_type), _binary_type(kind.item_type))
    if types.is_list(kind):
        return pa.list_(_binary_type(kind.value_type))
    if types.is_large_list(kind):
        return pa.large_list(_binary_type(kind.value_type))
    return kind
