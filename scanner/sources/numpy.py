"""NumPy arrays (`.npy`; `.npz` is a ZIP of them): strings, long whole numbers, records of them.

An array of objects is a pickle, and is read as one: without unpickling.  The header is read as a
literal, never evaluated.  Floats, and numbers of few digits, hold nobody's data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from scanner.batch import Place, TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import open_shard
from scanner.model import Location, Part
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._pickled import texts as pickled
from scanner.sources._texts import Counted, gathered, text_at
from scanner.sources._values import batches, text_of

_MAGIC = b"\x93NUMPY"
_HEADER = 1 << 20  # bytes
_CHUNK = 1 << 20  # bytes read at a time
_LONG = 10**6


class NumPy:
    """A record is an element, counted in the order in which they are stored."""

    suffixes = frozenset({".npy"})

    def sniff(self, head: bytes) -> bool:
        return head.startswith(_MAGIC)

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "numpy")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        with open_shard(unit.shard) as opened:
            stream: Any = Counted(opened)
            kind, count, text = _header(stream)
            yield from gathered([(Place(part=Part.METADATA), text)])
            if kind.hasobject:
                yield from gathered(pickled(stream, log))
            else:
                yield from batches(_values(stream, kind, count), log)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        with open_shard(shard) as opened:
            stream: Any = Counted(opened)
            kind, count, text = _header(stream)
            if location.record is None:
                return text_at([(Place(part=Part.METADATA), text)], location, named)
            if kind.hasobject:
                return text_at(pickled(stream, UnitLog()), location, named)
            return text_of(_values(stream, kind, count), location, named)


def _header(stream: Any) -> tuple[Any, int, str]:
    """Type and number of the elements, and the header itself (NEP 1).  Raises UnreadableError."""
    import numpy as np

    start = stream.read(8)
    size = int.from_bytes(stream.read(2 if start[6:7] == b"\1" else 4), "little")
    raw = stream.read(min(size, _HEADER + 1))
    wrong = len(raw) < size or size > _HEADER
    try:
        text = raw.decode("utf-8" if start[6:7] == b"\3" else "latin-1")
        known = ast.literal_eval(text)
        kind, count = np.dtype(_descr(known["descr"])), 1
        for length in known["shape"]:
            count *= int(length)
    except Exception:  # noqa: BLE001 - its message quotes the header
        wrong = True
    if wrong or count < 0:
        raise _damaged("the header of the NumPy array cannot be read")
    return kind, count, text.strip()


def _descr(descr: Any) -> Any:
    """A type as `numpy.dtype` takes it; of fields with titles the titles go."""
    if isinstance(descr, list):
        return [(_name(f[0]), _descr(f[1]), *f[2:]) for f in descr]
    return descr


def _name(name: Any) -> Any:
    return name[1] if isinstance(name, tuple) else name


def _values(stream: Any, kind: Any, count: int) -> Iterator[tuple[Any, int]]:
    """(element, size in bytes) pairs; one that can hold nothing is None."""
    import numpy as np

    rows = max(1, _CHUNK // max(1, kind.itemsize))
    for first in range(0, count, rows):
        wanted = min(rows, count - first) * kind.itemsize
        data = stream.read(wanted)
        whole = len(data) // kind.itemsize if kind.itemsize else 0
        yield from _each(np.frombuffer(data, kind, whole), kind)
        if len(data) < wanted:
            raise _damaged("the NumPy array is cut off")


def _each(chunk: Any, kind: Any) -> Iterator[tuple[Any, int]]:
    import numpy as np

    if kind.kind not in "iuUSV" or (kind.kind in "iu" and not _some_long(chunk)):
        yield from ((None, kind.itemsize) for _ in chunk)
        return
    for element in chunk:
        try:
            yield _plain(element), kind.itemsize
        except (ValueError, UnicodeError):  # no character of Unicode
            yield np.asarray(element).tobytes(), kind.itemsize


def _some_long(numbers: Any) -> bool:
    return bool(((numbers >= _LONG) | (numbers.astype("i8") <= -_LONG)).any())


def _plain(element: Any) -> Any:
    """A record as a mapping, bytes and other elements as they are."""
    names = element.dtype.names if hasattr(element, "dtype") else None
    if names:
        return {name: _plain(element[name]) for name in names}
    value = element.tolist() if hasattr(element, "tolist") else element
    if isinstance(value, str):  # NumPy does not check that its characters exist
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return value.rstrip(b"\0") if isinstance(value, bytes) else value


def _damaged(what: str) -> UnreadableError:
    hint = "write the file again from its origin; what came before was scanned"
    return UnreadableError(what, "", hint, "source.corrupt")


plugin = NumPy()
