"""Findings that are parts of one credential: an id and its secret, a secret and its token.

A rule names its partners (`Rule.partners`).  Findings of partners that stand near each other
name one another by fingerprint (`Finding.parts`), and each lifts the confidence of the other.
Near is: within 300 characters of one text, in sibling members of one object (or columns of one
row), in elements of an array next to each other (`[{name, value}, ...]`), or within three lines
of a text file.  Of several the nearest that finds nothing nearer itself.

An id that is of no use alone (`Rule.identifier`) belongs to its secret where only one is near
(`Finding.belongs`): the audit makes one incident of the two.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from scanner.model import Confidence, Rule

if TYPE_CHECKING:
    import pyarrow as pa

_NEAR = 300  # characters between the two
_LINES = 3
_ELEMENTS = 2  # places in an array
_AROUND = 64  # findings before and after one that are looked at
_HELD = 20_000  # findings that are held back until their record is whole
_DOUBT = "placeholder"
_GLOB = re.compile(r"[*?\[]")
_ELEMENT = re.compile(r"(.*)/(\d+)(/[^/]*|)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Partners:
    """Which rules go together: for each its partners, and for each identifier its secrets."""

    of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    secrets: Mapping[str, frozenset[str]] = field(default_factory=dict)


def partners(rules: Iterable[Rule]) -> Partners:
    """The partners that rules name, in both directions; a name may be a glob."""
    known = {rule.id: rule for rule in rules}
    named = {name: _named(rule, known) for name, rule in known.items() if rule.partners}
    both: dict[str, set[str]] = {}
    for name, others in named.items():
        for other in others:
            both.setdefault(name, set()).add(other)
            both.setdefault(other, set()).add(name)
    of = {name: frozenset(others) for name, others in both.items()}
    return Partners(of, {n: others for n, others in named.items() if known[n].identifier})


def _named(rule: Rule, known: Collection[str]) -> frozenset[str]:
    """The rules that a rule itself names as partners; known may be as many as there are terms."""
    globs = [pattern for pattern in rule.partners if _GLOB.search(pattern)]
    fitting = (name for pattern in globs for name in fnmatch.filter(known, pattern))
    return frozenset([*fitting, *(p for p in rule.partners if p in known)]) - {rule.id}


@dataclass(slots=True)
class _Part:
    """One finding that may have partners, by its row in a batch."""

    row: int
    rule: str
    fingerprint: str
    file: tuple[str, str]
    record: int | None
    text: tuple[Any, ...]  # the very text it stands in
    holder: str  # what the text is a member of
    element: tuple[str, int, str] | None  # the array, the place in it, and the member
    start: int
    end: int
    doubtful: bool
    parts: set[str] = field(default_factory=set)
    belongs: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    sure: bool = False


def linked(batches: Iterable[pa.RecordBatch], known: Partners) -> Iterator[pa.RecordBatch]:
    """The batches, which are in order of place, with what the parts of a credential say."""
    held: pa.RecordBatch | None = None
    for batch in batches:
        whole = batch if held is None else _joined([held, batch])
        parts = _parts(whole, known)
        cut = _cut(whole, parts)
        held = whole.slice(cut) if cut < whole.num_rows else None
        if cut:
            yield _told(whole.slice(0, cut), [part for part in parts if part.row < cut], known)
    if held is not None:
        yield _told(held, _parts(held, known), known)


def _joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _parts(batch: pa.RecordBatch, known: Partners) -> list[_Part]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not known.of:
        return []
    wanted = pc.is_in(batch.column("rule_id"), pa.array(sorted(known.of), pa.string()))
    rows = pc.indices_nonzero(wanted).to_pylist()
    names = ["rule_id", "fingerprint", "location", "evidence"]
    some = batch.select(names).take(pa.array(rows, pa.int64())).to_pylist() if rows else []
    return [_part(row, told) for row, told in zip(rows, some, strict=True)]


def _part(row: int, told: Mapping[str, Any]) -> _Part:
    at = told["location"]
    path = at["field"] + "".join(f">{layer}" for layer in at["layers"])
    element = _ELEMENT.fullmatch(path)
    return _Part(
        row,
        told["rule_id"],
        told["fingerprint"],
        (at["uri"], at["member"]),
        at["record"],
        (at["record"], path, at["part"]),
        path.rpartition("/")[0],
        (element[1], int(element[2]), element[3]) if element else None,
        at["start"],
        at["end"],
        _DOUBT in told["evidence"],
    )


def _cut(batch: pa.RecordBatch, parts: Sequence[_Part]) -> int:
    """The row up to which no part can find a partner in the next batch."""
    last = batch.column("location")[batch.num_rows - 1].as_py()
    end = (last["uri"], last["member"]), last["record"]
    cut: int = batch.num_rows
    for part in reversed(parts):
        if part.file != end[0] or not _near_records(part.record, end[1]):
            break
        cut, end = part.row, (part.file, part.record)
    return cut if batch.num_rows - cut <= _HELD else int(batch.num_rows)


def _near_records(one: int | None, other: int | None) -> bool:
    return one == other or (one is not None and other is not None and abs(other - one) <= _LINES)


# Nearness ---------------------------------------------------------------------------------


def _distance(a: _Part, b: _Part) -> int | None:
    """How far two parts are from each other; None for what is not near."""
    if a.file != b.file:
        return None
    if a.text == b.text:
        gap = max(a.start, b.start) - min(a.end, b.end)
        return max(gap, 0) if gap <= _NEAR else None
    if a.record == b.record:
        return _between(a, b)
    lines = a.record is not None and b.record is not None and not (a.text[1] or b.text[1])
    apart = abs(a.record - b.record) if lines else _LINES + 1  # type: ignore[operator]
    return apart if apart <= _LINES else None


def _between(a: _Part, b: _Part) -> int | None:
    """The same for two texts of one record."""
    if a.holder == b.holder:
        return 0
    if a.element is None or b.element is None or a.element[::2] != b.element[::2]:
        return None
    apart = abs(a.element[1] - b.element[1])
    return apart if apart <= _ELEMENTS else None


def _nearest(parts: Sequence[_Part], place: int, rule: str) -> tuple[int | None, list[int]]:
    """The places of the nearest parts that a rule found: all that are equally near."""
    around = range(max(0, place - _AROUND), min(len(parts), place + _AROUND + 1))
    near = {n: _distance(parts[place], parts[n]) for n in around if parts[n].rule == rule}
    found = {n: apart for n, apart in near.items() if apart is not None}
    least = min(found.values(), default=None)
    return least, [n for n, apart in found.items() if apart == least]


def _link(parts: Sequence[_Part], known: Partners) -> None:
    for n, part in enumerate(parts):
        for rule in known.of[part.rule]:
            apart, found = _nearest(parts, n, rule)
            for other in found:
                if _nearest(parts, other, part.rule)[0] == apart:
                    _join(part, parts[other], known)


def _join(part: _Part, other: _Part, known: Partners) -> None:
    if part.fingerprint == other.fingerprint:
        return
    part.parts.add(other.fingerprint)
    part.beside.add(other.rule)
    part.sure = part.sure or not (part.doubtful or other.doubtful)
    if other.rule in known.secrets.get(part.rule, ()):
        part.belongs.add(other.fingerprint)


# What comes of it -------------------------------------------------------------------------


def _told(batch: pa.RecordBatch, parts: Sequence[_Part], known: Partners) -> pa.RecordBatch:
    for _, group in groupby(parts, key=lambda part: part.file):
        _link(list(group), known)
    having = [part for part in parts if part.parts]
    if not having:
        return batch
    batch = _changed(batch, "parts", having, lambda part, _: sorted(part.parts))
    batch = _changed(batch, "belongs", having, _only)
    batch = _changed(batch, "evidence", having, _said)
    return _changed(batch, "confidence", having, _lifted)


def _only(part: _Part, old: str) -> str:
    return min(part.belongs) if len(part.belongs) == 1 else old


def _said(part: _Part, old: Sequence[str]) -> list[str]:
    return [*old, *(f"beside {rule}" for rule in sorted(part.beside))]


def _lifted(part: _Part, old: str) -> str:
    if not part.sure:
        return old
    return str((Confidence.MEDIUM if old == Confidence.LOW else Confidence.HIGH).value)


def _changed(
    batch: pa.RecordBatch, name: str, parts: Sequence[_Part], change: Callable[[_Part, Any], Any]
) -> pa.RecordBatch:
    import pyarrow as pa

    index = batch.schema.get_field_index(name)
    kind = batch.schema.field(index)
    values = batch.column(index).to_pylist()
    for part in parts:
        values[part.row] = change(part, values[part.row])
    return batch.set_column(index, kind, pa.array(values, kind.type))
