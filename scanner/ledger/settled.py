"""What only all findings of a run together can tell: columns, and persons.

Columns: where one rule found many different personal values in one column of a store, they
are one column finding (`Finding.column`).  Where its check passes no more often than it does
by chance, the column holds something else, and its findings have low confidence; they stay.
Parts of one credential: see `scanner.ledger.pairs`; values that grew: `scanner.ledger.grown`.
Persons: two pseudonyms that stood for one person in a record become one, and findings of a
record that names nobody take the e-mail address that stands nearest to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scanner.ledger import grown, sorting
from scanner.ledger.pairs import Partners, linked
from scanner.model import ColumnStats

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MANY, VALUES = 100, 25  # findings of a column, and distinct values, from which they are one
_SHOWN = 1_000  # columns that a report tells of
_ENOUGH = 50  # candidates from which their share says something
_SIGMAS = 3.0
_TELLING, _NEARLY = 0.2, 0.9  # chance at most, share at least, from which it is no chance
_LOWERS = 0.5  # a check that passes more often than this by chance proves nothing either way


@dataclass(frozen=True, slots=True)
class Known:
    """What a scan knows besides its findings.

    `stores` gives each uri its store (or folder); `records` those of each uri; `refused` the
    candidates that a rule's check refused, by (uri, name of the field, rule).
    """

    stores: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)  # of linked pseudonyms
    identity: Callable[..., str] = lambda *_: ""  # keyed digest of texts
    chance: Callable[[str], float | None] = lambda _: None  # of a rule
    partners: Partners = field(default_factory=Partners)


Batches = Callable[[], Iterable["pa.RecordBatch"]]


def columns(found: Batches, schema: pa.Schema, known: Known, folder: Path) -> list[ColumnStats]:
    """The columns with many findings, most first."""
    rows = [
        row
        for batch in sorting.answer(_given(found, schema, known, folder), _COLUMNS)
        for row in batch.to_pylist()
    ]
    return sorted((_stats(row, known) for row in rows), key=lambda c: (-c.findings, c.identity))


def ordered(
    found: Batches,
    schema: pa.Schema,
    known: Known,
    stats: Sequence[ColumnStats],
    folder: Path,
) -> Iterator[pa.RecordBatch]:
    """All findings in order of place, with their column and subject."""
    whole = grown.grown(found())
    if not stats and not known.roots:
        batches = sorting.ordered(found, schema, sorting.BY_PLACE, folder)
        return grown.folded(_together(batches, known), whole)
    connect = _given(found, schema, known, folder, stats)
    answers = (b.cast(schema) for b in sorting.answer(connect, _ASSIGNED))
    return grown.folded(_together(answers, known), whole)


def _together(batches: Iterable[pa.RecordBatch], known: Known) -> Iterator[pa.RecordBatch]:
    """What findings say of each other that stand together: persons, parts of credentials."""
    return linked(beside(batches), known.partners)


def shown(stats: Sequence[ColumnStats]) -> Sequence[ColumnStats]:
    """Those that a report tells of."""
    return stats[:_SHOWN]


def _given(
    found: Batches,
    schema: pa.Schema,
    known: Known,
    folder: Path,
    stats: Sequence[ColumnStats] = (),
) -> sorting.Connect:
    import pyarrow as pa

    @contextmanager
    def connect(memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with sorting.bounded(folder, memory) as con:
            con.register("given", pa.RecordBatchReader.from_batches(schema, found()))
            con.register("stores", _table(("uri", "store"), known.stores.items()))
            con.register("roots", _table(("name", "root"), known.roots.items()))
            rows = ((c.store, c.field, c.rule_id, c.identity, c.settled, _note(c)) for c in stats)
            con.register("dense", _table(_DENSE, rows))
            yield con

    return connect


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table([pa.array(column, pa.string()) for column in columns], list(names))


def _stats(row: Mapping[str, Any], known: Known) -> ColumnStats:
    name, rule = _name(row["pattern"]), row["rule_id"]
    refused = sum(known.refused.get((uri, name, rule), 0) for uri in row["uris"])
    chance = known.chance(rule)
    return ColumnStats(
        known.identity("column", row["store"], row["pattern"], rule),
        row["store"],
        row["pattern"],
        rule,
        len(row["uris"]),
        sum(known.records.get(uri, 0) for uri in row["uris"]),
        row["findings"],
        row["distinct_values"],
        refused,
        None if chance is None else round(1000 * chance),
        settled(row["alone"], refused, chance),
    )


def settled(passed: int, refused: int, chance: float | None) -> Literal["kept", "chance", "lifted"]:
    """What the share of candidates that pass a check says of a column."""
    if chance is None:
        return "kept"
    if by_chance(passed, refused, chance):
        return "chance"
    tried = passed + refused
    told = chance <= _TELLING and tried >= _ENOUGH and passed >= _NEARLY * tried
    return "lifted" if told else "kept"


def by_chance(passed: int, refused: int, chance: float) -> bool:
    """True when no more passed than random values would, within three standard deviations."""
    tried = passed + refused
    if tried < _ENOUGH or chance > _LOWERS:
        return False
    return passed <= tried * chance + _SIGMAS * sqrt(tried * chance * (1 - chance))


def _name(pattern: str) -> str:
    """The last name in a pattern: of places in an array, that of the array."""
    return next((s for s in reversed(pattern.split("/")) if s != "*"), "")


def _note(column: ColumnStats) -> str:
    """The evidence that the column gives."""
    if column.settled == "kept":
        return ""
    percent = (column.chance or 0) / 10
    return f"column: {column.refused} others fail the check, {percent:g} % pass it by chance"


# Persons ----------------------------------------------------------------------------------

_RUN = 10_000  # findings of one record that are looked at together


def beside(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, ordered by place, with subjects filled in from e-mail addresses beside.

    A record is looked at within one batch: what runs over its edge is looked at in two.
    """
    import pyarrow.compute as pc

    for batch in batches:
        subjects = batch.column("subject")
        empty = pc.sum(pc.equal(subjects, "")).as_py() or 0
        yield batch if empty in (0, len(subjects)) else _filled(batch)


def _filled(batch: pa.RecordBatch) -> pa.RecordBatch:
    import pyarrow as pa

    places, subjects = batch.column("location"), batch.column("subject").to_pylist()
    parts = [places.field(n).to_pylist() for n in ("uri", "member", "record", "field", "start")]
    spots = list(zip(*parts, strict=True))
    first = 0
    for row in range(1, len(spots) + 1):
        if row == len(spots) or spots[row][:3] != spots[first][:3]:
            if spots[first][2] is not None:
                _fill(spots, subjects, first, row)
            first = row
    index = batch.schema.get_field_index("subject")
    kind = batch.schema.field(index)
    return batch.set_column(index, kind, pa.array(subjects, kind.type))


def _fill(spots: Sequence[Any], subjects: list[str], first: int, stop: int) -> None:
    """Fill in one record: the nearest of its field, else the only one of the record."""
    named = [row for row in range(first, stop) if subjects[row]]
    alone = subjects[named[0]] if len({subjects[row] for row in named}) == 1 else ""
    if not named or len(named) == stop - first or stop - first > _RUN:
        return
    for row in range(first, stop):
        if not subjects[row]:
            near = [n for n in named if spots[n][3] == spots[row][3]]
            best = min(near, key=lambda n: abs(spots[n][4] - spots[row][4]), default=None)
            subjects[row] = alone or (subjects[best] if best is not None else "")


_DENSE = ("store", "pattern", "rule", "key", "settled", "note")

# SQL --------------------------------------------------------------------------------------

# Places in arrays and offsets of decoded stretches are no part of what a column is.
_PATTERN = r"""
regexp_replace(g.location.field, '/[0-9]+\b', '/*', 'g') || CASE WHEN len(g.location.layers) = 0
  THEN '' ELSE ' > ' || regexp_replace(
    array_to_string(g.location.layers, ' > '), '\b[0-9]+\b', '*', 'g') END"""

_OURS = "g.category = 'pii' AND g.location.part IN ('value', 'number')"

_COLUMNS = f"""
SELECT s.store, {_PATTERN} AS pattern, g.rule_id, count(*)::BIGINT AS findings,
  count(DISTINCT hash(g.fingerprint))::BIGINT AS distinct_values,
  (count(*) FILTER (g.location."start" = 0))::BIGINT AS alone,
  list_sort(list(DISTINCT g.location.uri)) AS uris
FROM given g JOIN stores s ON s.uri = g.location.uri WHERE {_OURS}
GROUP BY ALL
HAVING findings >= {MANY} AND distinct_values >= {VALUES}"""  # noqa: S608 - our own constants

_ASSIGNED = f"""
SELECT g.* REPLACE (
  CASE WHEN d.settled = 'chance' THEN 'low'
    WHEN d.settled IS DISTINCT FROM 'lifted' OR list_contains(g.evidence, 'placeholder')
      THEN g.confidence
    WHEN g.confidence = 'low' THEN 'medium' ELSE 'high' END AS confidence,
  CASE WHEN coalesce(d.note, '') <> '' THEN list_append(g.evidence, d.note)
    ELSE g.evidence END AS evidence,
  coalesce(p.root, g.subject) AS subject,
  struct_pack("user" := coalesce(u.root, g.about."user"), "session" := g.about."session",
    application := g.about.application, "window" := g.about."window", "time" := g.about."time")
    AS about,
  coalesce(d.key, '') AS "column")
FROM given g LEFT JOIN stores s ON s.uri = g.location.uri
LEFT JOIN dense d ON d.store = s.store AND d.rule = g.rule_id AND {_OURS}
  AND d.pattern = {_PATTERN}
LEFT JOIN roots p ON p.name = g.subject LEFT JOIN roots u ON u.name = g.about."user"
ORDER BY {sorting.BY_PLACE}"""  # noqa: S608 - our own constants
