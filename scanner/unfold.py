"""Takes batches apart: the texts in them, and the texts that are encoded in those.

A decoder that replaces its text (JSON) goes first.  The others look only at rows in which the
multi-pattern pass saw one of their anchors, and what they decode comes on top of the text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from scanner import longvalues
from scanner.ahead import Ahead
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.decoders import MAX_DEPTH, UNIT_TEXT, Decoded, Decoder, bounds, shifted
from scanner.distinct import distinct
from scanner.errors import UnreadableError, crash_site
from scanner.inner import InnerPlaces
from scanner.matcher import Matcher
from scanner.model import Part
from scanner.peek import idle
from scanner.tally import Tally

_KEY_MEMO = 100_000  # keys whose answer is remembered
_SIMPLER = "store the data in a simpler form; the text was scanned as it is written"
_FREE: Mapping[str, Collection[int]] = {}
_HIT: Mapping[str, Collection[int]] = {}  # free, and known to hold what is looked for


class Unfolder:
    """Every decoder, behind one matcher."""

    def __init__(
        self, decoders: Mapping[str, Decoder], matcher: Matcher, ahead: Ahead | None = None
    ) -> None:
        self._decoders, self._matcher, self._ahead = decoders, matcher, ahead or Ahead(matcher)
        self._replacing = [*replacing(decoders)]
        self._idle_keys: dict[str, bool] = {}
        self._log, self._made = UnitLog(), 0  # code points decoded while this log was written

    def layers(
        self, batch: TextBatch, log: UnitLog, tally: Tally, hit: bool = False
    ) -> Iterator[TextBatch]:
        """The batch, whose values are distinct, and the texts inside it, long values in pieces.

        All texts that are `hit` already are decoded: another look would not spare any.
        """
        for part in longvalues.cut(batch, longvalues.WHOLE):
            if part.pieces:
                self._note_length(part, log)
                whole = part
            else:
                whole = distinct(part) if hit else part
            for layer in self.unfold(whole, log, tally, blocked=_HIT if hit else _FREE):
                yield from [layer] if layer.pieces else longvalues.cut(layer, longvalues.PIECE)

    def unfold(
        self,
        batch: TextBatch,
        log: UnitLog,
        tally: Tally,
        depth: int = MAX_DEPTH,
        blocked: Mapping[str, Collection[int]] = _FREE,
    ) -> Iterator[TextBatch]:
        """The batch itself (less what a decoder replaces), then the texts inside it.

        `blocked` are rows that a decoder must not be given.
        """
        inner: list[tuple[TextBatch, Mapping[str, Collection[int]]]] = []
        for name in self._replacing if not batch.pieces else ():
            batch, found = self._replace(batch, name, log, tally, 0 if blocked is _HIT else depth)
            inner += [(found, _FREE)] if found is not None else []
        yield batch
        rows = self._ahead.encoded(batch.values)  # known since the batch was matched
        for name, found_in in rows.items():
            free = [row for row in found_in if row not in blocked.get(name, ())]
            _, found = self._decode(batch, name, free, log, tally)
            inner += [(found, self._blocked(name, rows, found))] if found is not None else []
        for found, closed in inner:
            if depth > 1:
                yield from self.unfold(found, log, tally, depth - 1, closed)
            else:
                self._note_depth(found, closed, log)
                yield found

    def idle_key(self, key: str) -> bool:
        """True for a key that no pattern touches: it need not be scanned each time it is met."""
        known = self._idle_keys.get(key)
        if known is None:
            known = not self.touched([key])
            if len(self._idle_keys) < _KEY_MEMO:
                self._idle_keys[key] = known
        return known

    def touched(self, keys: Sequence[str]) -> set[int]:
        """The numbers of the keys that some pattern touches, or that may be encoded."""
        batch = TextBatch(text_array(keys), EachPlace([Place(part=Part.KEY)] * len(keys)))
        rows = {candidate.row for candidate in self._matcher.candidates(batch)}
        return rows.union(*self._rows(batch).values())

    def _rows(self, batch: TextBatch) -> dict[str, list[int]]:
        """For each decoder the rows that it is to be given."""
        replacing = {n: self._decoders[n].wanted(batch.values) for n in self._replacing}
        return replacing | self._matcher.encoded(batch.values)

    def _blocked(
        self, name: str, rows: Mapping[str, Collection[int]], found: TextBatch
    ) -> Mapping[str, Collection[int]]:
        """What is not to be decoded in rewritten texts, because it stands in the text itself.

        Of two ways of writing that stand side by side, one order of undoing them is enough.
        """
        if not self._decoders[name].rewrites or not isinstance(found.places, InnerPlaces):
            return _FREE
        outer = found.places.rows
        before = [n for n in rows if n < name and self._decoders[n].rewrites and rows[n]]
        return {n: {i for i, row in enumerate(outer) if row in set(rows[n])} for n in before}

    # Decoding ----------------------------------------------------------------------------

    def _replace(
        self, batch: TextBatch, name: str, log: UnitLog, tally: Tally, depth: int
    ) -> tuple[TextBatch, TextBatch | None]:
        """The batch without the texts that the decoder replaces, and what it found in them."""
        decoder = self._decoders[name]
        rows = self._ahead.wanted(name, decoder, batch.values)
        if not rows:
            return batch, None
        nothing = idle(self._matcher, decoder, batch.values, rows, depth) if depth else set()
        nothing -= self._matcher.labelled(batch.places) if nothing else set()
        batch = self._without(batch, sorted(nothing))
        return self._decode(batch, name, [r for r in rows if r not in nothing], log, tally)

    def _decode(
        self, batch: TextBatch, name: str, rows: Collection[int], log: UnitLog, tally: Tally
    ) -> tuple[TextBatch, TextBatch | None]:
        places = InnerPlaces(batch.places)
        replaced: list[int] = []
        for row in rows:
            decoded = self._decoded(batch, row, name, log)
            if decoded is None:
                continue
            replaced += [row] if self._decoders[name].replaces else []
            for one in self._kept(decoded, name, log, tally):
                places.add(row, one)
        texts = [one.text for one in places.decoded]
        found = TextBatch(text_array(texts), places) if texts else None
        return self._without(batch, replaced), found

    def _without(self, batch: TextBatch, rows: list[int]) -> TextBatch:
        """The batch with some rows set to null."""
        if not rows:
            return batch
        left = longvalues.nulled(batch.values, rows)
        self._ahead.left(batch.values, rows, left)
        return replace(batch, values=left)

    def _decoded(self, batch: TextBatch, row: int, name: str, log: UnitLog) -> list[Decoded] | None:
        decoder = self._decoders[name]
        if decoder.anchors and self._spent(log):
            return None
        try:
            decoded = decoder.decode(batch.values[row].as_py())
        except UnreadableError as error:
            log.problem(error.code, error.what, f"decoder {name}", error.hint)
            return None
        except Exception as error:  # noqa: BLE001 - the encoded text is scanned as it is
            what = f"a value could not be decoded ({type(error).__name__} at {crash_site(error)})"
            hint = "the text was scanned as it is written; report this as a bug of the decoder"
            log.problem("decode.crashed", what, f"decoder {name}", hint)
            return None
        if decoded and decoder.anchors:
            self._made += sum(len(one.text) for one in decoded)
        return _owned(decoded, batch, row) if decoded and batch.pieces else decoded

    def _spent(self, log: UnitLog) -> bool:
        """True when no more may be decoded of this unit."""
        if log is not self._log:
            self._log, self._made = log, 0
        if self._made > UNIT_TEXT:
            what = f"more than {UNIT_TEXT >> 20} million characters of this unit were encoded"
            log.problem("decode.budget", what, "", _SIMPLER)
        return self._made > UNIT_TEXT

    def _kept(
        self, decoded: list[Decoded], name: str, log: UnitLog, tally: Tally
    ) -> Iterator[Decoded]:
        for one in decoded:
            if one.dropped:
                if tally.counting:
                    tally.drop(f"decoder {name}", one.dropped)
                continue
            if one.cut:
                what = "packed data in a value is longer than may be unpacked"
                hint = "unpack it before the scan; its beginning was scanned"
                log.problem("decode.budget", what, f"decoder {name}", hint)
            if one.part is not Part.KEY or not self.idle_key(one.text):
                yield one

    # What is left undecoded --------------------------------------------------------------

    def _note_length(self, batch: TextBatch, log: UnitLog) -> None:
        """Values too long to be replaced, if they look encoded: scanned as they are written."""
        for row in [row for row, piece in enumerate(batch.pieces) if not piece.offset]:
            head = batch.values[row].as_py()
            for name in self._replacing:
                if self._decoders[name].begins(head):
                    what = "a value is encoded and too long to be decoded"
                    record = next(batch.places.of(row)).record
                    log.problem("decode.too_long", what, f"decoder {name}", _SIMPLER, record)

    def _note_depth(
        self, batch: TextBatch, blocked: Mapping[str, Collection[int]], log: UnitLog
    ) -> None:
        """Texts that could be decoded once more: they are scanned as they are written."""
        noted = set[int]()
        for name, rows in self._rows(batch).items():
            for row in set(rows).difference(blocked.get(name, ()), noted):
                decoded = self._decoded(batch, row, name, log)
                if decoded is not None and not all(one.dropped for one in decoded):
                    noted.add(row)
                    what = f"a value is encoded more than {MAX_DEPTH} times over"
                    record = next(batch.places.of(row)).record
                    log.problem("decode.depth", what, f"decoder {name}", _SIMPLER, record)


def replacing(decoders: Mapping[str, Decoder]) -> dict[str, Decoder]:
    """Those that are asked which texts they want, and whose texts say all."""
    return {name: decoder for name, decoder in decoders.items() if not decoder.anchors}


def _owned(decoded: list[Decoded], batch: TextBatch, row: int) -> list[Decoded]:
    """What a piece of a longer value is to report, with places in that value."""
    piece = batch.pieces[row]
    inside = (one for one in decoded if one.origin is not None)
    ours = (one for one in inside if _touches(one, piece.low, piece.high))
    return [shifted(one, piece.offset) for one in ours]


def _touches(one: Decoded, low: int, high: int | None) -> bool:
    start, end = bounds(one.step)
    return end > low and (high is None or start < high)
