"""The unit that flows through the engine: decoded values, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from scanner.model import Part, Problem

if TYPE_CHECKING:
    import pyarrow as pa


class Typed(Protocol):
    """Where a text stands that was put together from many records, such as the keys of a log."""

    def rows(self, start: int, end: int) -> tuple[str, str]:
        """The records that this stretch came of, and those that may show it; as ranges."""
        ...

    def again(self, rule: str, category: str, value: str, rows: str) -> bool:
        """True when another reading of the same records has given this already."""
        ...

    def instead(self, rule: str, rows: str) -> str:
        """The value that these records gave in place of this one, if it is but a doubt of that."""
        del rule, rows
        return ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands inside its shard.

    `field` is a JSON pointer made by `scanner.pointer`, still with the raw keys: the engine
    renames sensitive ones before the place leaves the worker.  `label` is the name the value
    goes by: its object key or column, or the sibling of a `{"key": ..., "value": ...}` pair;
    context for detectors, it never leaves the worker.  `lines` are the bytes of a value that is
    several lines of a file, in UTF-8: a match in it is told by its own lines.
    """

    record: int | None = None
    field: str = ""
    label: str = ""
    part: Part = Part.VALUE
    layers: tuple[str, ...] = ()
    record_start: int | None = None
    record_end: int | None = None
    lines: bytes = b""
    typed: Typed | None = None  # where the text is that of many records


# Of a place, what its record says besides: see `TextBatch.fields`.
Fields = Callable[[Place, Callable[[str], bool]], Any]


class Places(Protocol):
    """The places of a batch's values, by row; built only for rows that were hit.

    A row may stand in many places: a dictionary column is scanned once per distinct value.
    """

    def __len__(self) -> int: ...

    def of(self, row: int) -> Iterator[Place]:
        """Every place where the value of this row stands; at least one."""
        ...

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        """Each label with the rows that carry it; rows given together are of one part as well."""
        ...


@dataclass(frozen=True, slots=True)
class EachPlace:
    """One place per row, given as a list."""

    places: Sequence[Place]

    def __len__(self) -> int:
        return len(self.places)

    def of(self, row: int) -> Iterator[Place]:
        yield self.places[row]

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        rows: dict[tuple[str, Part], list[int]] = {}
        for row, place in enumerate(self.places):
            rows.setdefault((place.label, place.part), []).append(row)
        yield from ((label, found) for (label, _), found in rows.items())


@dataclass(frozen=True, slots=True)
class ColumnPlaces:
    """The rows of one flat column: record `first_record + row`, everything else constant."""

    size: int
    first_record: int
    field: str
    label: str
    part: Part = Part.VALUE

    def __len__(self) -> int:
        return self.size

    def of(self, row: int) -> Iterator[Place]:
        yield Place(self.first_record + row, self.field, self.label, self.part)

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        yield self.label, range(self.size)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a value too long to be handed on whole; see `scanner.longvalues`.

    `offset` is how many code points of the value come before the stretch; matches that start
    at `low` to `high` (code points in the stretch; None: to its end) are reported for it.
    """

    offset: int
    low: int = 0
    high: int | None = None

    def owns(self, start: int) -> bool:
        return self.low <= start and (self.high is None or start < self.high)


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Decoded text values with their places.

    `values` is an Arrow string or large_string array of valid UTF-8; nulls are skipped.
    `member` is the raw name of the archive member that the values are in.
    When `pieces` are given, one for each row, all rows are pieces of longer values, and are
    not decoded.
    `fields(place, wanted)` gives the decoded record of a place (mappings, lists and scalars;
    raw), so that findings say whom and what they are about (`scanner.about`).  It is asked
    for places of findings only.  A source that knows more than its records say (whose
    session, which window had the focus) returns a mapping with `user` (or `user_id`,
    `user_email`, ...), `session`, `application`, `window` and `time` (datetime, ISO 8601, or
    a number since 1970).  `wanted(name)` tells whether a field can matter, for sources in
    which each field costs.
    """

    values: pa.Array
    places: Places
    pieces: Sequence[Piece] = ()
    member: str = ""
    fields: Fields | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A text of a record that is not parsed yet, in which an anchor was seen.

    `label` and `part` are those of the places it stands at.  Suspects of one `memo` are alike:
    what holds nothing once holds nothing again.
    """

    row: int
    label: str
    text: str
    part: Part
    memo: bytes


class View(Protocol):
    """Text to search, in which values stand whole but not alone."""

    @property
    def text(self) -> Any:
        """A buffer of valid UTF-8."""
        ...

    @property
    def deep(self) -> bool:
        """True for the insides of strings, in which labels are to be searched as well."""
        ...


class Undecoded(Protocol):
    """Records as they are written, to be looked at before they are parsed.

    Every anchor of a value (or label) of theirs can be seen in one of the views as well.
    After `note` was told of all hits, `suspects` are the texts to examine; the rows of those
    that do hold something are added to `to_parse`, and `batches` has their decoded values.
    """

    to_parse: set[int]

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def views(self, depth: int) -> Iterator[View]:
        """What stands in the records once they, and what is in them, are decoded `depth` times."""
        ...

    def note(self, view: Any, values: Any, labels: Any) -> None:
        """Take the offsets (an int64 array each) of the last bytes of hits in a view."""
        ...

    def suspects(self, known: Container[bytes], named: Callable[[str], bool]) -> Iterator[Suspect]:
        """Texts that were hit, each once, less those whose memo is known.

        `named` tells whether a label makes whatever goes by it worth a look.
        """
        ...

    def batches(self) -> Iterator[TextBatch]: ...

    def sample(self, rows: int) -> Iterator[TextBatch]:
        """The decoded values of some of the rows, besides those of `batches`."""
        ...


_SURROGATE = re.compile("[\ud800-\udfff]")


def text_array(values: Sequence[str]) -> pa.Array:
    """An Arrow array of these texts; lone surrogates become U+FFFD, one for one."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([_SURROGATE.sub("\ufffd", v) for v in values], pa.large_string())


@dataclass(slots=True)
class UnitLog:
    """What happened while one work unit was read; sources write to it as they go.

    `values` counts decoded values handed on, `bytes` decompressed bytes consumed.
    """

    records: int = 0
    failed_records: int = 0
    values: int = 0
    bytes: int = 0
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, code: str, what: str, where: str = "", hint: str = "", record: int | None = None
    ) -> None:
        """Record a problem; equal ones are counted, with their first 20 record numbers."""
        for i, old in enumerate(self.problems):
            if (old.code, old.what, old.where, old.hint) == (code, what, where, hint):
                self.problems[i] = _again(old, record)
                return
        records = () if record is None else (record,)
        self.problems.append(Problem(code, what, where, hint, 1, records))

    def bad_record(self, code: str, what: str, record: int, hint: str = "") -> None:
        """A record that could not be parsed: counted as failed, its raw text is scanned anyway."""
        self.failed_records += 1
        self.problem(code, what, "", hint, record)


def _again(old: Problem, record: int | None) -> Problem:
    more = () if record is None or len(old.records) >= 20 else (record,)
    return Problem(old.code, old.what, old.where, old.hint, old.count + 1, old.records + more)
