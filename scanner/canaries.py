"""Planted canaries: a worker proves that its detectors are alive, on the path of the data.

Synthetic values are made from the run's key and put through the worker's own matcher.  Each
detector must become a candidate at each of its canaries; one that has been built, because data
asked for it, must also confirm it.  (One that data never asked for is not built for this:
importing its library may take seconds, and nothing that it could have missed came by.)  No
canary is ever a finding, and none leaves this module.

A detector takes part when its factory has `canaries`, a text (or a `Canary`, which has a label
as well) by the id of the rule that must find it (placeholders as in rule examples; rules that
are switched off are left out), or the detector has a method `planted()` that gives words at
which it must be asked.  Of one that has neither, a file of rules of the user for example, the
first anchor that is a plain word is taken for such a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner import plugins
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.detectors import Canary, Detector, Match
from scanner.matcher import Matcher
from scanner.prepared import Prepared
from scanner.readings import value_of

_HINT = "nothing it looks for was searched: install leakgate again, clear LEAKGATE_CACHE, run again"


_WORD = re.compile(r"(?:\w|\\[-._/:=+@ ])+", re.ASCII)  # an anchor that matches itself alone
Seed = Callable[[str, str, str], str]  # keyed: `scanner.seal.Sealer.digest`


class Canaries:
    """The canaries of one worker."""

    def __init__(self, detectors: Mapping[str, Detector], matcher: Matcher, seed: Seed) -> None:
        self._detectors, self._matcher, self._seed = detectors, matcher, seed
        self._seen = False
        self._proved: set[str] = set()
        self._texts: dict[str, tuple[Canary, ...]] = {}
        self.dead: dict[str, str] = {}  # by detector: what it did not do

    def look(self, log: UnitLog) -> None:
        """Test what has not been tested yet; every dead detector is a problem of this log."""
        if not self._seen:
            self._seen = True
            self._texts = {n: t for n in self._detectors if (t := self._declared(n))}
            others = {n: d for n, d in self._detectors.items() if n not in self._texts}
            words = {n: t for n, d in others.items() if (t := _planted(d))}
            self._test(self._texts, confirmed=False)
            self._test(words, confirmed=False)
        fresh = {n: t for n, t in self._texts.items() if n not in self._proved and self._built(n)}
        if fresh:
            self._proved.update(fresh)
            self._test(fresh, confirmed=True)
        for name, what in sorted(self.dead.items()):
            told = f"the detector {name} {what} a value that was planted for it"
            log.problem("detector.dead", told, f"detector {name}", _HINT)

    def _built(self, name: str) -> bool:
        detector = self._detectors[name]
        return not isinstance(detector, Prepared) or detector.built

    def _declared(self, name: str) -> tuple[Canary, ...]:
        """The canaries of those rules of a detector that are on."""
        on = {rule.id for rule in self._detectors[name].rules()}
        declared: Mapping[str, str | Canary] = {}
        if on:
            declared = getattr(plugins.load("detectors", name), "canaries", {})
        return tuple(self._filled(rule, each) for rule, each in declared.items() if rule in on)

    def _filled(self, rule_id: str, given: str | Canary) -> Canary:
        from scanner.rulepacks.examples import fill

        canary = Canary(given) if isinstance(given, str) else given
        return replace(canary, text=fill(canary.text, self._seed("canary", rule_id, canary.text)))

    def _test(self, canaries: Mapping[str, Sequence[Canary]], confirmed: bool) -> None:
        if not canaries:
            return
        rows = [(name, canary) for name, some in canaries.items() for canary in some]
        places = EachPlace([Place(label=canary.label, part=canary.part) for _, canary in rows])
        batch = TextBatch(text_array([canary.text for _, canary in rows]), places)
        owners = [name for name, _ in rows]
        alive = set(self._alive(batch, owners, confirmed))
        for row, name in enumerate(owners):
            if row not in alive:
                self.dead[name] = "did not confirm" if confirmed else "was not asked about"

    def _alive(self, batch: TextBatch, owners: Sequence[str], confirmed: bool) -> Iterator[int]:
        """The rows at which their own detector did what it must."""
        for candidate in self._matcher.candidates(batch):
            asked = candidate.detector == owners[candidate.row]
            if asked and (not confirmed or self._confirms(batch, candidate)):
                yield candidate.row

    def _confirms(self, batch: TextBatch, candidate: Any) -> bool:
        detector = self._detectors[candidate.detector]
        try:
            found = detector.confirm(value_of(batch, candidate.row), candidate.key, candidate.hits)
            return any(isinstance(outcome, Match) for outcome in found)
        except Exception:  # noqa: BLE001 - a detector that crashes is dead
            return False


def _planted(detector: Detector) -> tuple[Canary, ...]:
    """Words of a detector whose rules are data of the user: it must be asked about them."""
    words = [*getattr(detector, "planted", tuple)()] or [*_plain(detector)][:1]
    return tuple(map(Canary, words))


def _plain(detector: Detector) -> Iterator[str]:
    for pattern in detector.patterns():
        for anchor in () if pattern.read else pattern.anchors:
            if _WORD.fullmatch(anchor):
                yield re.sub(r"\\(.)", r"\1", anchor)
