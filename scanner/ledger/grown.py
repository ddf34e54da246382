"""Values that grew row by row: what stands in one row is the beginning of what stands at the end.

Each beginning looks like a secret of its own.  The whole was read as one text of many rows
(`/value/...`, part TYPED); a finding in the same member of one of these rows belongs to it
(`Finding.belongs`), so that the two are one incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_MOST = 1_000_000  # rows that are remembered
_KIND = "/value/"

# By file, array in it and row: (the member that grew, the fingerprint of the whole).
Grown = Mapping[tuple[str, str, str, int], Sequence[tuple[str, str]]]


def grown(batches: Iterable[pa.RecordBatch]) -> Grown:
    """What grew, of all findings of a run."""
    found: dict[tuple[str, str, str, int], list[tuple[str, str]]] = {}
    for row in _rows(batches, "typed"):
        at = row["location"]
        if not at["field"].startswith(_KIND):
            continue
        member = at["field"].removeprefix(_KIND).partition("/")[2]
        array, _, ranges = at["rows"].rpartition(":")
        for number in _numbers(ranges):
            if len(found) < _MOST:
                key = at["uri"], at["member"], array, number
                found.setdefault(key, []).append((member, row["fingerprint"]))
    return found


def folded(batches: Iterable[pa.RecordBatch], known: Grown) -> Iterator[pa.RecordBatch]:
    """The batches, in which beginnings belong to what they grew to."""
    for batch in batches:
        yield _folded(batch, known) if known else batch


def _folded(batch: pa.RecordBatch, known: Grown) -> pa.RecordBatch:
    import pyarrow as pa

    index = batch.schema.get_field_index("belongs")
    kind = batch.schema.field(index)
    values, changed = batch.column(index).to_pylist(), False
    for nth, row in _numbered([batch], "value"):
        whole = _whole(row, known)
        if whole and not values[nth]:
            values[nth], changed = whole, True
    return batch.set_column(index, kind, pa.array(values, kind.type)) if changed else batch


def _whole(row: Mapping[str, Any], known: Grown) -> str:
    """The fingerprint of what a finding is the beginning of; "" where that is not sure."""
    at = row["location"]
    above, _, member = at["field"].rpartition("/")
    places = [_element(above), ("", -1 if at["record"] is None else at["record"])]
    found = {
        whole
        for place in places
        for name, whole in known.get((at["uri"], at["member"], *place), ())
        if name == member
    }
    return min(found) if len(found) == 1 and row["fingerprint"] not in found else ""


def _element(path: str) -> tuple[str, int]:
    """The first array that a path goes through, and the place in it."""
    parts = path.split("/")
    nth = next((n for n, part in enumerate(parts) if n > 1 and part.isdecimal()), 0)
    return "/".join(parts[:nth]), int(parts[nth]) if nth else -1


def _rows(batches: Iterable[pa.RecordBatch], part: str) -> Iterator[Mapping[str, Any]]:
    yield from (row for _, row in _numbered(batches, part))


def _numbered(
    batches: Iterable[pa.RecordBatch], part: str
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(row in its batch, what is asked of it) of credentials in this part of records."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for batch in batches:
        here = pc.equal(pc.struct_field(batch.column("location"), "part"), part)
        wanted = pc.and_(pc.equal(batch.column("category"), "credential"), here)
        rows = pc.indices_nonzero(wanted)
        some = batch.select(["fingerprint", "location"]).take(rows.cast(pa.int64()))
        yield from zip(rows.to_pylist(), some.to_pylist(), strict=True)


def _numbers(ranges: str) -> Iterator[int]:
    for one in ranges.split(",") if ranges else ():
        low, _, high = one.partition("-")
        yield from range(int(low), int(high or low) + 1)
