"""Which columns are read for what they tell of rows, and how they are held."""

import pyarrow as pa
import pytest

from scanner.about import DEFAULT
from scanner.sources._beside import may_tell, packed

_PAIRS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


@pytest.mark.parametrize(
    ("name", "kind", "tells"),
    [
        ("user_id", pa.string(), True),
        ("screen", pa.struct([("w", pa.int64()), ("h", pa.int64())]), False),
        ("x", pa.struct([("user_id", pa.string())]), True),
        ("user", pa.struct([("id", pa.int64())]), True),
        ("x", pa.struct([("user", pa.struct([("id", pa.int64())]))]), True),
        ("x", pa.struct([("attributes", _PAIRS)]), True),
        ("x", pa.map_(pa.string(), pa.string()), True),
        ("took_ms", pa.int64(), False),
    ],
)
def test_a_column_is_read_if_it_or_a_member_may_tell(name, kind, tells):
    assert may_tell(name, kind, DEFAULT.wanted) is tells


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_repeated_text_is_held_once(kind):
    column = pa.array(["a window of some length" * 9, None] * 1_000, kind)
    small = packed(column)
    assert small.nbytes < column.nbytes / 4
    assert small.to_pylist() == column.to_pylist()
    numbers = pa.array([1, 2])
    assert packed(numbers) is numbers
