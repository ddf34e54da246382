"""Scans batches: decode, match, confirm, settle overlaps, seal.  One `Scanner` per worker.

Raw values live in here and in the detectors, and nowhere else.  An exception from a
detector or decoder is recorded by its type and place in the code only: its message may
quote the data.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from scanner import pointer
from scanner.ahead import Ahead
from scanner.allowed import inputs_among, stands
from scanner.batch import EachPlace, Place, TextBatch, Typed, UnitLog, text_array
from scanner.decoders import Decoder
from scanner.detectors import Detector, Drop, Match, Value
from scanner.errors import LeakgateError, crash_site
from scanner.matcher import Candidate, Matcher
from scanner.model import Finding, Location, Part
from scanner.overlaps import settle
from scanner.own_lines import own_lines
from scanner.persons import People
from scanner.readings import Readings, Told, value_of
from scanner.seal import Sealer
from scanner.sightings import Sighting
from scanner.sightings import settle as settle_layers
from scanner.tally import Tally
from scanner.telling import Telling
from scanner.unfold import Unfolder, replacing
from scanner.uris import canonical

__all__ = ["Scanner", "Tally"]

_COLUMNS = 10_000  # fields of a unit for which refused candidates are counted
_MANY = 50  # names that are worth a look of their own
_NAME_MEMO = 100_000  # keys and file names whose answer is remembered
_ARRAY = re.compile(r"(?:^|(?<= ))/.*?(?=:[\d,-]+(?: |$))")  # of which the rows after it are
_LONGEST_NAME = 200  # characters; what is longer names nothing: it is data, and is not shown


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
        self.people = People(sealer, self.named)
        encodings = {name: d.anchors for name, d in decoders.items() if d.anchors}
        self.matcher = Matcher(detectors, engine, compiled, encodings)
        self.telling = Telling(detectors)
        self.ahead = Ahead(self.matcher, replacing(decoders))
        self._unfolder = Unfolder(decoders, self.matcher, self.ahead)
        self._readings = Readings(detectors)
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._fields: dict[str, str] = {}

    def begin(self, log: UnitLog, first: bool = True) -> None:
        """A new unit of work, of which this is the log: the first of its shard, or a later one."""
        self.telling.begin()
        self._readings.begin(log, first)

    # Scanning ----------------------------------------------------------------------------

    def scan(self, batch: TextBatch, at: Location, log: UnitLog, tally: Tally) -> Iterator[Finding]:
        """Findings of one batch; `at` gives uri and member, already safe to show."""
        self.telling.look(batch)
        if batch.member:
            at = replace(at, member=pointer.path(batch.member, self.named))
        for layer, row, match in settle_layers(
            self._seen(batch, log, tally), partial(_covered, tally)
        ):
            offset = layer.pieces[row].offset if layer.pieces else 0
            for place in layer.places.of(row):
                if match.allowed and stands(match.allowed, at.uri, place.field):
                    tally.drop(match.rule.id, "allowed place")
                    continue
                who = self.people.about(batch, place, tally)
                lines, before = own_lines(place, match.start, match.end)
                spot = self.locate(at, lines)
                finding = self.sealer.seal(match, spot, offset - before, who)
                if place.typed is None:
                    yield finding
                else:
                    yield from self._of_typed(finding, place.typed, tally)

    def allowed(self, uri: str) -> tuple[str, ...]:
        """The places, of all in which matches are allowed, that are in this input."""
        places = {p for d in self.detectors.values() for p in getattr(d, "places", ())}
        return inputs_among(sorted(places), uri)

    def _seen(self, batch: TextBatch, log: UnitLog, tally: Tally) -> Iterator[Sighting]:
        known = self.ahead.distinct if self.telling.any else self.ahead.narrowed
        some = known(batch)
        for layer in self._unfolder.layers(some, log, tally) if len(some.values) else ():
            for row, match in self.matches(layer, log, tally):
                if not layer.pieces or layer.pieces[row].owns(match.start):
                    yield Sighting(layer, row, match)

    def holding(self, batch: TextBatch, log: UnitLog, tally: Tally) -> Iterator[Place]:
        """The places of values in which something is found, or that a model has to read."""
        for layer in self._unfolder.layers(batch, log, tally, hit=True):
            single, read = self._readings.split(self.matcher.candidates(layer))
            for row in self._readings.wanted(layer, read):
                yield from layer.places.of(row)
            for row, _ in self._matches(layer, single, {}, log, tally):
                yield from layer.places.of(row)

    def matches(self, batch: TextBatch, log: UnitLog, tally: Tally) -> Iterator[tuple[int, Match]]:
        """(row, match) of one exact batch after overlaps are settled.  Raw: stays inside."""
        candidates = list(self.ahead.candidates(batch))
        told = self._readings.read(batch, self._readings.split(candidates)[1], log)
        yield from self._matches(batch, candidates, told, log, tally)

    def _matches(
        self,
        batch: TextBatch,
        candidates: Iterable[Candidate],
        told: Told,
        log: UnitLog,
        tally: Tally,
    ) -> Iterator[tuple[int, Match]]:
        row, open_matches, found = -1, list[Match](), set[int]()
        for candidate in candidates:
            if candidate.row != row:
                yield from ((row, m) for m in _settled(open_matches, tally))
                row, open_matches, value = candidate.row, [], value_of(batch, candidate.row)
            counts = tally.counting or self._readings.reads(candidate)
            for outcome in self._outcomes(candidate, value, told, log):
                if isinstance(outcome, Drop):
                    if counts:
                        self._dropped(outcome, value, tally)
                else:
                    open_matches.append(outcome)
                    found.add(row)
        yield from ((row, m) for m in _settled(open_matches, tally))
        for row, match in self.telling.matches(batch):
            if row in found:  # what is something else already is not this as well
                tally.drop(match.rule.id, "the value is something else already")
            else:
                found.add(row)
                yield row, match

    def _dropped(self, drop: Drop, value: Value, tally: Tally) -> None:
        tally.drop(drop.rule_id, drop.filter, drop.count)
        alone = drop.checked and drop.start == 0 and drop.end == len(value.text)
        if alone and tally.counting and value.label:
            spot = pointer.shown(value.label, 0, self.named), drop.rule_id
            if spot in tally.refused or len(tally.refused) < _COLUMNS:
                tally.refused[spot] += 1

    def _outcomes(
        self, candidate: Candidate, value: Value, told: Told, log: UnitLog
    ) -> Iterable[Match | Drop]:
        if self._readings.reads(candidate):
            return told.pop((candidate.detector, candidate.row), ())  # once for all its patterns
        return self._confirm(candidate, value, log)

    def _confirm(self, candidate: Candidate, value: Value, log: UnitLog) -> Iterator[Match | Drop]:
        detector = self.detectors[candidate.detector]
        try:
            yield from detector.confirm(value, candidate.key, candidate.hits)
        except LeakgateError as error:
            code = getattr(error, "code", "detector.failed")
            log.problem(code, error.what, f"detector {candidate.detector}", error.hint)
        except Exception as error:  # noqa: BLE001 - a crash is data: recorded, never hidden
            _crashed(log, f"detector {candidate.detector}", error)

    def _of_typed(self, finding: Finding, typed: Typed, tally: Tally) -> Iterator[Finding]:
        """The finding with the records its text came of, once for all readings of them."""
        spot = finding.location
        stretch = (0, sys.maxsize) if spot.layers else (spot.start, spot.end)
        rows, beside = typed.rows(*stretch)
        belongs = finding.belongs or typed.instead(finding.rule_id, rows)
        if typed.again(finding.rule_id, finding.category, finding.fingerprint, rows):
            tally.drop(finding.rule_id, "another reading of its records gave it")
            return
        rows, beside = self._shown_rows(rows), self._shown_rows(beside)
        spot = replace(spot, rows=rows, collateral=beside)
        yield replace(finding, location=spot, belongs=belongs)

    def _shown_rows(self, rows: str) -> str:
        """Ranges of rows; names of arrays and tables in front of them as they may be shown."""
        return _ARRAY.sub(lambda found: self._shown_field(found[0]), rows)

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

    def plain(self, names: Sequence[str]) -> set[str]:
        """Those of some names in which there is surely nothing; looked at all together."""
        touched = self._unfolder.touched(names)
        untouched = (name for row, name in enumerate(names) if row not in touched)
        return {name for name in untouched if len(name) <= _LONGEST_NAME}

    def named_uri(self, uri: str) -> str:
        """The uri, spelled as all do, with every sensitive segment replaced by its sealed name."""
        return self.named_uris([uri])[0]

    def named_uris(self, uris: Sequence[str]) -> list[str]:
        """The same of many; the segments in which there is nothing are looked at all together."""
        spelled = [canonical(uri).split("/") for uri in uris]
        segments = list({part for parts in spelled for part in parts})
        plain = self.plain(segments) if len(segments) > _MANY else {""}
        return ["/".join(p if p in plain else self.named(p) for p in parts) for parts in spelled]

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

    def credential(self, text: str) -> str:
        """The fingerprint that findings of this credential have, "" for what is none."""
        batch, log = TextBatch(text_array([text]), EachPlace([Place()])), UnitLog()
        found = (match for _, match in self.matches(batch, log, Tally()))
        some = next((m for m in found if m.rule.category == "credential"), None)
        return self.sealer.digest("value", some.family, some.normal) if some else ""

    def _step(self, step: str) -> str:
        decoder, _, place = step.partition(":")
        return f"{decoder}:{pointer.rename(place, self.named)}" if place[:1] == "/" else step

    def _sensitive(self, key: str, categories: Collection[str] = ()) -> bool:
        """True when the key, or a text encoded in it, holds a finding or could not be scanned."""
        batch, log = TextBatch(text_array([key]), EachPlace([Place(part=Part.KEY)])), UnitLog()
        layers = self._unfolder.unfold(batch, log, Tally())
        found = [m.rule.category for each in layers for _, m in self.matches(each, log, Tally())]
        return any(not categories or c in categories for c in found) or bool(log.problems)


def _settled(matches: Sequence[Match], tally: Tally) -> Iterable[Match]:
    if len(matches) < 2:
        return matches
    return settle(matches, partial(_covered, tally))


def _covered(tally: Tally, loser: Match, winner: Match) -> None:
    tally.drop(loser.rule.id, f"covered by {winner.rule.id}")


def _crashed(log: UnitLog, where: str, error: Exception) -> None:
    what = f"{where} failed on a value ({type(error).__name__} at {crash_site(error)})"
    hint = "the value counts as not scanned; report this as a bug of leakgate or of the plug-in"
    log.problem("detector.crashed", what, where, hint)
