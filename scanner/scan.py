"""Scans batches: decode, match, confirm, settle overlaps, seal.  One `Scanner` per worker.

Raw values live in here and in the detectors, and nowhere else.  An exception from a
detector or decoder is recorded by its type and place in the code only: its message may
quote the data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from scanner import longvalues, pointer
from scanner.batch import EachPlace, Piece, Place, Places, TextBatch, UnitLog, text_array
from scanner.decoders import MAX_DEPTH, Decoded, Decoder
from scanner.detectors import Detector, Drop, Match, Value
from scanner.distinct import distinct
from scanner.errors import LeakgateError, UnreadableError, crash_site
from scanner.matcher import Candidate, Matcher
from scanner.model import Finding, Location, Part
from scanner.overlaps import settle
from scanner.peek import idle
from scanner.seal import Sealer

_NAME_MEMO = 100_000  # keys and file names whose answer is remembered
_LONGEST_NAME = 200  # characters; what is longer names nothing: it is data, and is not shown
_WHOLE = Piece(0)  # what every value is that is handed on whole
_SIMPLER = "store the data in a simpler form; the text was scanned as it is written"


@dataclass(slots=True)
class Tally:
    """What a scan counted besides its findings."""

    dropped: Counter[str] = field(default_factory=Counter)  # candidates, by "rule: filter"


class Scanner:
    """Every detector and decoder, behind one matcher and one sealer."""

    def __init__(
        self,
        detectors: Mapping[str, Detector],
        decoders: Mapping[str, Decoder],
        sealer: Sealer,
        engine: str = "auto",
        compiled: tuple[bytes, ...] = (),
    ) -> None:
        self.detectors, self.decoders, self.sealer = detectors, decoders, sealer
        self.matcher = Matcher(detectors, engine, compiled)
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._idle_keys: dict[str, bool] = {}

    # Scanning ----------------------------------------------------------------------------

    def scan(self, batch: TextBatch, at: Location, log: UnitLog, tally: Tally) -> Iterator[Finding]:
        """Findings of one batch; `at` gives uri and member, already safe to show."""
        for layer in self._layers(distinct(batch), log):
            for row, match in self.matches(layer, log, tally):
                piece = layer.pieces[row] if layer.pieces else _WHOLE
                for place in layer.places.of(row) if piece.owns(match.start) else ():
                    yield self.sealer.seal(match, self.locate(at, place), piece.offset)

    def holding(self, batch: TextBatch, log: UnitLog, tally: Tally) -> Iterator[Place]:
        """The places of values in which something is found."""
        for layer in self._layers(batch, log):
            for row, _ in self.matches(layer, log, tally):
                yield from layer.places.of(row)

    def _layers(self, batch: TextBatch, log: UnitLog) -> Iterator[TextBatch]:
        """The batch and the texts inside it, long values in pieces."""
        for part in longvalues.cut(batch, longvalues.WHOLE):
            if part.pieces:
                self._note_length(part, log)
                yield part
                continue
            for layer in self._unfold(distinct(part), log, MAX_DEPTH):
                yield from longvalues.cut(layer, longvalues.PIECE)

    def matches(self, batch: TextBatch, log: UnitLog, tally: Tally) -> Iterator[tuple[int, Match]]:
        """(row, match) of one exact batch after overlaps are settled.  Raw: stays inside."""
        row, open_matches = -1, list[Match]()
        for candidate in self.matcher.candidates(batch):
            if candidate.row != row:
                yield from ((row, m) for m in _settled(open_matches, tally))
                row, open_matches, value = candidate.row, [], _value(batch, candidate.row)
            for outcome in self._confirm(candidate, value, log):
                if isinstance(outcome, Drop):
                    tally.dropped[f"{outcome.rule_id}: {outcome.filter}"] += 1
                else:
                    open_matches.append(outcome)
        yield from ((row, m) for m in _settled(open_matches, tally))

    def _confirm(self, candidate: Candidate, value: Value, log: UnitLog) -> Iterator[Match | Drop]:
        detector = self.detectors[candidate.detector]
        try:
            yield from detector.confirm(value, candidate.key, candidate.hits)
        except LeakgateError as error:
            code = getattr(error, "code", "detector.failed")
            log.problem(code, error.what, f"detector {candidate.detector}", error.hint)
        except Exception as error:  # noqa: BLE001 - a crash is data: recorded, never hidden
            _crashed(log, f"detector {candidate.detector}", error)

    # Decoding ----------------------------------------------------------------------------

    def _unfold(self, batch: TextBatch, log: UnitLog, depth: int) -> Iterator[TextBatch]:
        """The batch itself (less what a decoder replaces), then the texts inside it."""
        inner: list[TextBatch] = []
        for name, decoder in self.decoders.items():
            batch = self._worth_decoding(batch, decoder, depth)
            batch, found = self._decode(batch, name, decoder, log)
            inner += [found] if found is not None else []
        yield batch
        for found in inner:
            if depth > 1:
                yield from self._unfold(found, log, depth - 1)
            else:
                self._note_depth(found, log)
                yield found

    def _note_length(self, batch: TextBatch, log: UnitLog) -> None:
        """Values too long to be decoded, if they look encoded: scanned as they are written."""
        for row in [row for row, piece in enumerate(batch.pieces) if not piece.offset]:
            head = batch.values.slice(row, 1)
            for name, decoder in self.decoders.items():
                if decoder.wanted(head) and decoder.begins(head[0].as_py()):
                    what = "a value is encoded and too long to be decoded"
                    record = next(batch.places.of(row)).record
                    log.problem("decode.too_long", what, f"decoder {name}", _SIMPLER, record)

    def _note_depth(self, batch: TextBatch, log: UnitLog) -> None:
        """Texts that could be decoded once more: they are scanned as they are written."""
        for name, decoder in self.decoders.items():
            for row in decoder.wanted(batch.values):
                if self._decoded(batch, row, name, decoder, log) is not None:
                    what = f"a value is encoded more than {MAX_DEPTH} times over"
                    record = next(batch.places.of(row)).record
                    log.problem("decode.depth", what, f"decoder {name}", _SIMPLER, record)

    def _worth_decoding(self, batch: TextBatch, decoder: Decoder, depth: int) -> TextBatch:
        """The batch without encoded texts that hold nothing, neither as they are nor decoded."""
        rows = decoder.wanted(batch.values)
        return _without(batch, sorted(idle(self.matcher, decoder, batch.values, rows, depth)))

    def _decode(
        self, batch: TextBatch, name: str, decoder: Decoder, log: UnitLog
    ) -> tuple[TextBatch, TextBatch | None]:
        places = _InnerPlaces(batch.places)
        replaced: list[int] = []
        for row in decoder.wanted(batch.values):
            decoded = self._decoded(batch, row, name, decoder, log)
            if decoded is None:
                continue
            replaced += [row] if decoder.replaces else []
            for one in decoded:
                if one.part is not Part.KEY or not self._idle(one.text):
                    places.add(row, one)
        texts = [one.text for one in places.decoded]
        return _without(batch, replaced), TextBatch(text_array(texts), places) if texts else None

    def _decoded(
        self, batch: TextBatch, row: int, name: str, decoder: Decoder, log: UnitLog
    ) -> list[Decoded] | None:
        try:
            return decoder.decode(batch.values[row].as_py())
        except UnreadableError as error:
            log.problem(error.code, error.what, f"decoder {name}", error.hint)
            return None
        except Exception as error:  # noqa: BLE001 - the encoded text is scanned as it is
            _crashed(log, f"decoder {name}", error)
            return None

    def _idle(self, key: str) -> bool:
        """True for a key that no pattern touches: it need not be scanned each time it is met."""
        known = self._idle_keys.get(key)
        if known is None:
            batch = TextBatch(text_array([key]), EachPlace([Place(part=Part.KEY)]))
            touched = any(True for _ in self.matcher.candidates(batch))
            known = not touched and not any(d.wanted(batch.values) for d in self.decoders.values())
            if len(self._idle_keys) < _NAME_MEMO:
                self._idle_keys[key] = known
        return known

    # Names -------------------------------------------------------------------------------

    def locate(self, at: Location, place: Place) -> Location:
        """Where a place is, with sensitive keys replaced by their sealed names."""
        return replace(
            at,
            record=place.record,
            field=self._shown_field(place.field),
            part=place.part,
            layers=tuple(self._step(step) for step in place.layers),
            record_start=place.record_start,
            record_end=place.record_end,
        )

    def _shown_field(self, field: str) -> str:
        shown = self._fields.get(field)
        if shown is None:
            shown = pointer.rename(field, self.named)
            if len(self._fields) < _NAME_MEMO:
                self._fields[field] = shown
        return shown

    def named(self, key: str) -> str:
        """The name a key, column or file name is shown by: itself, unless it is sensitive."""
        name = self._names.get(key)
        if name is None:
            hidden = len(key) > _LONGEST_NAME or self._sensitive(key)
            name = self.sealer.name_of(key) if hidden else key
            if len(self._names) < _NAME_MEMO:
                self._names[key] = name
        return name

    def named_uri(self, uri: str) -> str:
        """The uri with every sensitive path segment replaced by its sealed name."""
        return "/".join(self.named(part) if part else part for part in uri.split("/"))

    def named_text(self, text: str) -> str:
        """A text of an export as it is shown: itself, unless it holds a credential or a term.

        Addresses of people and networks are what such texts are about, and stay.
        """
        shown = self._texts.get(text)
        if shown is None:
            hidden = self._sensitive(text, ("credential", "term"))
            shown = self.sealer.name_of(text) if hidden else text
            if len(self._texts) < _NAME_MEMO:
                self._texts[text] = shown
        return shown

    def _step(self, step: str) -> str:
        decoder, _, place = step.partition(":")
        return f"{decoder}:{pointer.rename(place, self.named)}" if place[:1] == "/" else step

    def _sensitive(self, key: str, categories: Collection[str] = ()) -> bool:
        """True when the key, or a text encoded in it, holds a finding or could not be scanned."""
        batch, log = TextBatch(text_array([key]), EachPlace([Place(part=Part.KEY)])), UnitLog()
        layers = self._unfold(batch, log, MAX_DEPTH)
        found = [m.rule.category for each in layers for _, m in self.matches(each, log, Tally())]
        return any(not categories or c in categories for c in found) or bool(log.problems)


def _settled(matches: Sequence[Match], tally: Tally) -> Iterable[Match]:
    if len(matches) < 2:
        return matches
    return settle(matches, partial(_covered, tally))


def _covered(tally: Tally, loser: Match, winner: Match) -> None:
    tally.dropped[f"{loser.rule.id}: covered by {winner.rule.id}"] += 1


def _value(batch: TextBatch, row: int) -> Value:
    # One place speaks for all: equal values of one column have one label.
    place = next(batch.places.of(row))
    return Value(batch.values[row].as_buffer().to_pybytes(), place.label, place.part)


@dataclass(frozen=True, slots=True)
class _InnerPlaces:
    """The places of decoded texts: those of the value they were in, and one step further."""

    outer: Places
    rows: list[int] = field(default_factory=list)
    decoded: list[Decoded] = field(default_factory=list)

    def add(self, row: int, decoded: Decoded) -> None:
        self.rows.append(row)
        self.decoded.append(decoded)

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, row: int) -> Iterator[Place]:
        for place in self.outer.of(self.rows[row]):
            yield _inside(place, self.decoded[row])

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        rows: dict[tuple[str, Part], list[int]] = {}
        outside, last = Place(), -1
        for row, (outer, decoded) in enumerate(zip(self.rows, self.decoded, strict=True)):
            if outer != last:
                outside, last = next(self.outer.of(outer)), outer
            rows.setdefault(_kind(outside, decoded), []).append(row)
        yield from ((label, found) for (label, _), found in rows.items())


def _kind(place: Place, decoded: Decoded) -> tuple[str, Part]:
    """Label and part of a text decoded from a value at this place."""
    # A value inside metadata is still metadata: that is where it has to be removed.
    part = place.part if decoded.part is Part.VALUE else decoded.part
    outer = "" if decoded.part is Part.KEY else place.label  # what names a value, not its keys
    return decoded.label or outer, part


def _inside(place: Place, decoded: Decoded) -> Place:
    label, part = _kind(place, decoded)
    return replace(place, layers=(*place.layers, decoded.step), label=label, part=part)


def _without(batch: TextBatch, rows: list[int]) -> TextBatch:
    """The batch with some rows set to null."""
    return replace(batch, values=longvalues.nulled(batch.values, rows)) if rows else batch


def _crashed(log: UnitLog, where: str, error: Exception) -> None:
    what = f"{where} failed on a value ({type(error).__name__} at {crash_site(error)})"
    hint = "the value counts as not scanned; report this as a bug of leakgate or of the plug-in"
    log.problem("detector.crashed", what, where, hint)
