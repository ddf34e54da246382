"""What an Arrow schema says besides the rows: names of columns, key-value metadata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.files.json_names import numbered
from scanner.model import Location, Part
from scanner.pointer import Named, join, rename, segment
from scanner.sources._records import gone

if TYPE_CHECKING:
    import pyarrow as pa

Texts = list[tuple[Place, str]]


def damage() -> tuple[type[Exception], ...]:
    """What Arrow raises on damaged data; the last is for names that are no UTF-8."""
    import pyarrow as pa

    return pa.ArrowException, OSError, UnicodeDecodeError


def schema_texts(schema: pa.Schema, metadata: Mapping[bytes, bytes] | None) -> Texts:
    """Names (of columns and of the fields inside them), and every metadata key and value.

    `metadata` is the file's; that of a field stands below the field's own pointer.
    """
    texts = list(_pairs((), metadata or {}))
    names = list(_fields((), list(schema)))
    return texts + names


def batch_of(texts: Texts) -> Iterator[TextBatch]:
    """One batch of these texts, or none."""
    kept = [(place, text) for place, text in texts if text]
    if kept:
        places = EachPlace([place for place, _ in kept])
        yield TextBatch(text_array([text for _, text in kept]), places)


def text_among(texts: Iterable[tuple[Place, str]], location: Location, named: Named) -> str:
    """The text at the location's part and field.  Raises UnreadableError when there is none."""
    for place, text in texts:
        if place.part is location.part and rename(place.field, named) == location.field:
            return text
    raise gone(location)


def text_in_batches(batches: Iterable[TextBatch], location: Location, named: Named) -> str:
    """The text whose place is this location, out of the few rows of one record."""
    wanted = location.record, location.part, location.field
    for batch in batches:
        for row in range(len(batch.values)):
            if not batch.values[row].is_valid:
                continue
            for place in batch.places.of(row):
                if (place.record, place.part, rename(place.field, named)) == wanted:
                    return str(batch.values[row].as_py())
    raise gone(location)


def damaged(log: UnitLog, what: str, where: str) -> None:
    """A part that could not be read; the others were."""
    hint = "write the file again from its origin; every other part of it was scanned"
    log.problem("source.corrupt", what, where, hint)


def _pairs(path: tuple[str, ...], pairs: Mapping[bytes, bytes]) -> Iterator[tuple[Place, str]]:
    for raw, value in pairs.items():
        if raw == b"ARROW:schema":  # the schema itself, which is read as such
            continue
        key = raw.decode("utf-8", "replace")
        field = join((*path, segment(key)))
        yield Place(field=field, part=Part.KEY), key
        yield Place(field=field, label=key, part=Part.METADATA), value.decode("utf-8", "replace")


def _fields(path: tuple[str, ...], fields: list[Any]) -> Iterator[tuple[Place, str]]:
    for field, (name, nth) in zip(fields, numbered([f.name for f in fields]), strict=True):
        here = (*path, segment(name, nth))
        yield Place(field=join(here), part=Part.NAME), name
        yield from _pairs(here, field.metadata or {})
        yield from _fields(here, _inner(field.type))


def _inner(kind: pa.DataType) -> list[Any]:
    """The named fields inside a type; list elements and map entries have no names to read."""
    import pyarrow as pa
    from pyarrow import types

    if isinstance(kind, pa.BaseExtensionType):
        return _inner(kind.storage_type)
    if types.is_struct(kind) or types.is_union(kind):
        return [kind.field(i) for i in range(kind.num_fields)]
    if types.is_map(kind):
        return _inner(kind.item_type)
    if types.is_dictionary(kind) or types.is_nested(kind):
        return _inner(kind.value_type)
    return []
