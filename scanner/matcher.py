"""All patterns of all detectors in one pass: batches in, candidates out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from scanner import cache
from scanner.batch import Places, TextBatch
from scanner.detectors import Detector, Holder, Pattern
from scanner.regexes import stored
from scanner.regexes.loose import loose, uncounted
from scanner.regexes.multipattern import Anchor, MultiPattern, build
from scanner.regexes.runs import Holds, Runs
from scanner.regexes.shapes import words_of
from scanner.regexes.staged import Staged, looked_at

if TYPE_CHECKING:
    import pyarrow as pa

Compiled = tuple[bytes, ...]  # databases as `Matcher.dump` gives them

# Stands between values in the joined buffer.  Not a word character, so that boundaries hold
# at the edges of values; a hit that crosses it only makes one candidate too many.
_SEPARATOR = "\n"
_NUMBERS = 16  # shared by anchors: with one 28 s to compile, with these 8, and as fast to scan
_FEW = 16  # values that are joined without Arrow
NOTHING: Mapping[str, Sequence[Anchor]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Candidate:
    """Ask `detector` to confirm pattern `key` in the value at `row`."""

    row: int
    detector: str
    key: str
    hits: tuple[int, ...]  # byte offsets in the value where anchors ended


@dataclass(frozen=True, slots=True)
class _Ref:
    """A pattern of a detector, in the order in which candidates are reported."""

    order: int
    detector: str
    key: str
    private: bool = True  # its anchors must not be kept on disk


class Matcher:
    """The multi-pattern databases over every detector's anchors."""

    def __init__(
        self,
        detectors: Mapping[str, Detector],
        engine: str = "auto",
        compiled: Compiled = (),
        encodings: Mapping[str, Sequence[Anchor]] = NOTHING,
    ) -> None:
        refs = _refs(detectors)
        self._refs = [ref for ref, _ in refs]
        self._always = [ref.order for ref, pattern in refs if pattern.always]
        anchors, self._by_anchor = _index(refs, lambda p: p.anchors)
        labels, self._by_label = _index(refs, lambda p: p.label_anchors)
        known = compiled or (b"", b"", b"", b"")
        self._encodings = _Encodings(encodings, engine, known[3])
        self._values = Staged(anchors, engine, known[0], self._encodings.anchors)
        self._runs = Runs(_holders(refs, detectors))
        self._labels: MultiPattern = build(labels, engine, known[1])
        self._coarse_of = anchors, labels, engine, known[2], cache.used()
        self._label_memo: dict[str, tuple[int, ...]] = {}
        self.engine = self._values.first.name

    @cached_property
    def coarse(self) -> Coarse:
        """For large buffers; small ones never ask for it."""
        anchors, labels, engine, known, kept = self._coarse_of
        with cache.using(kept):
            looks = _coarse_looks(anchors, engine) | {*self._encodings.anchors}
            return Coarse(looks, labels, self._runs, engine, known)

    @property
    def always_any(self) -> bool:
        """True when some pattern makes every value a candidate, whatever stands in it."""
        return bool(self._always)

    def dump(self) -> Compiled:
        """The compiled databases, for matchers over the same detectors in other processes."""
        parts = (self._values, self._labels, self.coarse, self._encodings)
        return tuple(part.dump() for part in parts)

    def complete(self, anew: bool) -> None:
        """Have at once what much data asks for sooner or later; compile it, if `anew`."""
        first = self._values.first, self._values.closer, self._labels
        for part in (*first, self.coarse.of_values, self.coarse.of_labels):
            part.complete(anew)

    def encoded(self, values: pa.Array) -> dict[str, list[int]]:
        """For each decoder with anchors the rows that hold one.

        It costs nothing for values of which the candidates were just found.
        """
        return self._encodings.rows(values)

    def names(self, label: str) -> bool:
        """True for a label that makes whatever goes by it a candidate."""
        return bool(self._label_refs(label))

    def labelled(self, places: Places) -> set[int]:
        """The rows that are candidates for their label alone."""
        kinds = ((label, rows) for label, rows in places.labels() if self._label_refs(label))
        return {row for _, rows in kinds for row in rows}

    def candidates(self, batch: TextBatch) -> Iterator[Candidate]:
        """Every (row, pattern) worth confirming, in the order of rows, then of patterns."""
        found, many = self._by_value(batch.values), len(self._refs)
        for label, rows in batch.places.labels():
            for order in self._label_refs(label):
                for row in rows:
                    found[row * many + order]  # an entry without hits: only the label matched
        for order in self._always:
            for row in range(len(batch.values)):
                found[row * many + order]
        null = _nulls(batch.values)
        for both, hits in sorted(found.items()):
            row, order = divmod(both, many)
            if row not in null:
                ref = self._refs[order]
                yield Candidate(row, ref.detector, ref.key, tuple(sorted(hits)))

    def _by_value(self, values: pa.Array) -> dict[int, set[int]]:
        """Offsets of hits by row and pattern, as one number: the row times all patterns."""
        found: dict[int, set[int]] = defaultdict(set)
        encoded, more_from, many = list[tuple[int, int]](), self._values.more_from, len(self._refs)
        joined = _Joined(values)
        for anchor, row, offset in _staged_hits(self._values, values, joined):
            if anchor >= more_from:
                encoded.append((anchor - more_from, row))
                continue
            for order in self._by_anchor[anchor]:
                found[row * many + order].add(offset)
        for order, row, offset in joined.located([*self._runs.hits(joined.data)]):
            found[row * many + order].add(offset)
        self._encodings.note(values, encoded)
        return found

    def _label_refs(self, label: str) -> tuple[int, ...]:
        known = self._label_memo.get(label)
        if known is None:
            known = self._match_label(label)
            if len(self._label_memo) < 100_000:  # keys can be as many as records
                self._label_memo[label] = known
        return known

    def _match_label(self, label: str) -> tuple[int, ...]:
        hits = self._labels.scan(label.encode("utf-8", "replace")) if label else []
        return tuple(sorted({order for anchor, _ in hits for order in self._by_label[anchor]}))


class Coarse:
    """Every anchor at once, for large buffers in which values do not stand alone.

    Made for JSON Lines as they are written, escapes undone: wherever a value (or label)
    stands between characters that belong to no word, each of its anchors is hit there too.
    `always` patterns have no anchors: see `Matcher.always_any`.
    """

    def __init__(
        self,
        values: Iterable[Anchor],
        labels: Iterable[Anchor],
        runs: Runs,
        engine: str = "auto",
        compiled: bytes = b"",
    ) -> None:
        self._runs = runs
        names = {loose(one) for look in _label_looks([*labels], engine) for one in look}
        known = [*stored.parts(compiled), b"", b""]
        self.of_values = _one_kind(values, engine, known[0])
        self.of_labels = _one_kind(names, engine, known[1])

    def values(self, data: Any) -> list[int]:
        """Byte offsets where anchors of values ended, unordered; `data` is valid UTF-8."""
        data = _broken(data)
        ends = [end for _, end in (*self.of_values.scan(data), *self._runs.hits(data))]
        return [max(0, end - 1) for end in ends]

    def labels(self, data: Any) -> list[int]:
        """The same for labels."""
        return [max(0, end - 1) for _, end in self.of_labels.scan(_broken(data))]

    def dump(self) -> bytes:
        """The compiled form, empty when the engine has none."""
        parts = self.of_values.dump(), self.of_labels.dump()
        return stored.joined(parts) if parts[0] or parts[1] else b""


def _coarse_looks(anchors: Sequence[Anchor], engine: str) -> set[Anchor]:
    return {loose(one) for look in looked_at(anchors, engine, brief=True) for one in look}


def _one_kind(anchors: Iterable[Anchor], engine: str, compiled: bytes) -> MultiPattern:
    """All that matters of a hit is where it is; sharing one number would take the engine long."""
    wanted = sorted(anchors, key=_stable)
    return build(wanted, engine, compiled, [number % _NUMBERS for number in range(len(wanted))])


def _broken(data: Any) -> bytes:
    """With a break in front, so that the first value has something beside it as well."""
    return b"".join((b"\n", data))


def _stable(one: Anchor) -> tuple[object, ...]:
    """A total order: what is compiled must be the same in every run, or is compiled each time."""
    return one.expression, one.caseless, one.unicode, one.ascii, one.private, one.starts


def _label_looks(labels: Sequence[Anchor], engine: str) -> Iterator[list[Anchor]]:
    """First looks for labels; `.*` in a label must not run on through the texts around it."""
    for anchor, look in zip(labels, looked_at(labels, engine), strict=True):
        yield (words_of(anchor) if look == [anchor] and ".*" in anchor.expression else []) or look


class _Encodings:
    """The anchors of decoders, and what was seen of them in the values last looked at."""

    def __init__(
        self, encodings: Mapping[str, Sequence[Anchor]], engine: str, compiled: bytes
    ) -> None:
        self._names = list(encodings)
        self.anchors = [anchor for name in encodings for anchor in encodings[name]]
        self._owners = [name for name in encodings for _ in encodings[name]]
        self._patterns = build(self.anchors, engine, compiled)
        self._last: tuple[Any, Iterable[tuple[int, int]]] = (None, ())

    def note(self, values: pa.Array, hits: Iterable[tuple[int, int]]) -> None:
        """Take the (anchor, row) of every hit in these values."""
        self._last = values, hits

    def rows(self, values: pa.Array) -> dict[str, list[int]]:
        noted, hits = self._last
        if noted is not values:
            hits = [hit[:2] for hit in _hits(self._patterns, values)] if self.anchors else ()
        self._last = (None, ())
        found: dict[str, set[int]] = {name: set() for name in self._names}
        for anchor, row in hits:
            found[self._owners[anchor]].add(row)
        return {name: sorted(rows) for name, rows in found.items()}

    def dump(self) -> bytes:
        return self._patterns.dump()


def _staged_hits(
    staged: Staged, values: pa.Array, joined: _Joined
) -> Iterator[tuple[int, int, int]]:
    """(anchor, row, byte offset in the row's value) of every hit."""
    import pyarrow as pa

    again = set()
    for anchor, row, offset in _hits(staged.first, values, joined):
        if anchor == staged.look_closer:
            again.add(row)
        else:
            yield anchor, row, offset
    rows = sorted(again)
    if rows:
        closer = values.take(pa.array(rows, pa.int64()))
        for anchor, at, offset in _hits(staged.closer, closer):
            yield anchor, rows[at], offset


def _hits(
    patterns: MultiPattern, values: pa.Array, joined: _Joined | None = None
) -> Iterator[tuple[int, int, int]]:
    """(anchor, row, byte offset in the row's value) of every hit."""
    if patterns.joins:
        joined = joined or _Joined(values)
        yield from joined.located(patterns.scan(joined.data))
        return
    for row, value in enumerate(values):
        if value.is_valid:
            yield from ((anchor, row, end) for anchor, end in patterns.scan(value.as_buffer()))


class _Joined:
    """The values of a batch as one buffer, with the way back from an offset to its row."""

    def __init__(self, values: pa.Array) -> None:
        import numpy as np

        few = len(values) <= _FEW
        self.data, lengths = _joined_few(values) if few else _joined_many(values)
        self._ends = np.cumsum(lengths + 1) - 1
        self._starts = self._ends - lengths

    def located(self, hits: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int, int]]:
        """Hits (anchor, end), each with the row it lies in and the offset in its value."""
        import numpy as np

        if not hits:
            return ()
        anchors, ends = np.array(hits, np.int64).T
        rows = np.searchsorted(self._ends, ends)
        offsets = np.maximum(ends - self._starts[rows], 0)
        return zip(anchors.tolist(), rows.tolist(), offsets.tolist(), strict=True)


def _nulls(values: pa.Array) -> set[int]:
    if not values.null_count:
        return set()
    return set(values.is_null().to_numpy(False).nonzero()[0].tolist())


def _joined_few(values: pa.Array) -> tuple[Any, Any]:
    """The values as one buffer, and their lengths: a call of Arrow costs as much as forty."""
    import numpy as np

    parts = [value.as_buffer() if value.is_valid else b"" for value in values]
    data = parts[0] if len(parts) == 1 else _SEPARATOR.encode().join(parts)
    return data, np.array(list(map(len, parts)), np.int64)


def _joined_many(values: pa.Array) -> tuple[Any, Any]:
    import pyarrow as pa

    # Given Python's own text, Arrow would look for other libraries' kinds of it at each call.
    values = values.fill_null(pa.scalar("", values.type)) if values.null_count else values
    return _join(values), _byte_lengths(values)


def _join(values: pa.Array) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    row = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values.cast(pa.string()))
    return pc.binary_join(row, pa.scalar(_SEPARATOR, pa.string()))[0].as_buffer()


def _byte_lengths(values: pa.Array) -> Any:
    import pyarrow.compute as pc

    return pc.binary_length(values).to_numpy(zero_copy_only=False).astype("int64")


def _refs(detectors: Mapping[str, Detector]) -> list[tuple[_Ref, Pattern]]:
    private = {name: not getattr(d, "storable", False) for name, d in detectors.items()}
    pairs = [(name, pattern) for name, d in detectors.items() for pattern in d.patterns()]
    return [(_Ref(i, n, p.key, private[n]), p) for i, (n, p) in enumerate(pairs)]


def _holders(
    refs: Iterable[tuple[_Ref, Pattern]], detectors: Mapping[str, Detector]
) -> dict[int, Holds]:
    """Who is asked about runs, by the order of their patterns."""
    asked = [ref for ref, pattern in refs if pattern.runs]
    return {ref.order: cast(Holder, detectors[ref.detector]).holds for ref in asked}


def _index(
    refs: Iterable[tuple[_Ref, Pattern]], select: Any
) -> tuple[list[Anchor], list[list[int]]]:
    """Distinct anchors, and for each the patterns that named it, by their order."""
    users: dict[Anchor, list[int]] = {}
    for ref, pattern in refs:
        for expression in select(pattern):
            owner = f"detector {ref.detector}, pattern {ref.key}"
            starts = expression in pattern.starts
            anchor = Anchor(
                uncounted(expression),
                pattern.caseless,
                pattern.unicode,
                owner,
                ref.private,
                starts=starts,
                ascii=pattern.ascii and r"\x{" not in expression,
            )
            users.setdefault(anchor, []).append(ref.order)
    return list(users), list(users.values())
