"""What records say of themselves, sealed: pseudonyms of persons, sessions and windows.

Two names of one person in one record (an account and its e-mail address) are noted as a
link, so that a run counts that person once (`scanner.subjects`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from scanner.about import DEFAULT, Said, said
from scanner.batch import Fields, Place, TextBatch
from scanner.model import About
from scanner.seal import Sealer
from scanner.tally import Tally

_MEMO = 10_000  # places of which the answer is remembered, within one batch
_LINKS = 100_000  # pairs of names that one unit may tell
_NOTHING = About()
_LONGEST = 80  # characters of an application's name


class People:
    """Asks batches whom a place is about; remembers the answers for one batch."""

    def __init__(self, sealer: Sealer, named: Callable[[str], str]) -> None:
        self._sealer, self._named = sealer, named
        self.names = DEFAULT  # of fields
        self._fields: Fields | None = None
        self._memo: dict[tuple[int, str], About] = {}

    def about(self, batch: TextBatch, place: Place, tally: Tally) -> About:
        """Who and what a place of the batch is about; nothing where no record says so."""
        if batch.fields is None or place.record is None:
            return _NOTHING
        if batch.fields is not self._fields or len(self._memo) >= _MEMO:
            self._fields, self._memo = batch.fields, {}
        if place.typed is not None:  # its field says nothing of whose it is
            return self._asked(batch.fields, place, tally)
        spot = place.record, place.field.rpartition("/")[0]
        known = self._memo.get(spot)
        if known is None:
            known = self._memo[spot] = self._asked(batch.fields, place, tally)
        return known

    def _asked(self, fields: Fields, place: Place, tally: Tally) -> About:
        record = fields(place, self.names.wanted)
        return self._sealed(said(record, place.field, self.names), tally)

    def named(self, person: Sequence[tuple[str, str]], application: str) -> tuple[str, str]:
        """The pseudonym and the application's name, as findings have them."""
        user = self._sealer.person(*person[0]) if person else ""
        return user, self._application(application)

    def _sealed(self, one: Said, tally: Tally) -> About:
        people = [self._sealer.person(*key) for key in one.person]
        sure = [p for p, (kind, _) in zip(people, one.person, strict=True) if kind != "name"]
        for pair in pairwise(sure):
            self._link(pair, tally)
        return About(
            people[0] if people else "",
            self._sealer.pseudonym("s", one.session),
            self._application(one.application),
            self._sealer.pseudonym("w", one.window),
            one.time,
        )

    def _application(self, name: str) -> str:
        if len(name) > _LONGEST:
            return self._sealer.name_of(name)
        return self._named(name) if name else ""

    def _link(self, pair: tuple[str, str], tally: Tally) -> None:
        if len(tally.links) < _LINKS or pair in tally.links:
            tally.links.add(pair)
        else:
            tally.drop("subjects", "names of one person that were not linked")
