"""Helpers that tests of several rooms share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from scanner import inputs, plugins
from scanner.batch import Place, TextBatch, UnitLog
from scanner.model import Location
from scanner.pointer import Named, rename, same
from scanner.pointer import path as shown_path
from scanner.sources import Shard

# A busy machine makes a slow example, not a wrong one.
settings.register_profile("leakgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leakgate")


def pytest_configure() -> None:
    """What is compiled once serves every worker, and every program that a test starts."""
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leakgate-tests"
    os.environ.setdefault("LEAKGATE_CACHE", str(kept))


@dataclass(frozen=True)
class Seen:
    """Everything a source yields for one file: (place, text) pairs and its log."""

    shard: Shard
    texts: list[tuple[Place, str]]
    log: UnitLog
    members: list[str]  # of each text, the raw name of the archive member it is in

    def of(self, part: str) -> dict[str, str]:
        """Texts of one part by field; of equal fields the last."""
        return {p.field: text for p, text in self.texts if p.part == part}

    def labels(self) -> dict[str, str]:
        """The label of each value's field."""
        return {p.field: p.label for p, _ in self.texts if p.part == "value"}


class Reading:
    """Reads files as the engine does."""

    def shard(self, path: Path) -> Shard:
        (found,) = inputs.discover([str(path)])
        assert isinstance(found, Shard), found
        return found

    def all(self, path: Path) -> Seen:
        shard, log = self.shard(path), UnitLog()
        seen = Seen(shard, [], log, [])
        source = plugins.load("sources", inputs.source_for(shard))
        for unit in source.units(shard):
            for batch in source.batches(unit, log):
                pairs = _pairs(batch)
                seen.texts.extend(pairs)
                seen.members.extend([batch.member] * len(pairs))
        return seen

    def round_trip(self, path: Path, named: Named = same) -> Seen:
        """Reads all, and reads each text again by its location alone."""
        seen = self.all(path)
        for (place, text), member in zip(seen.texts, seen.members, strict=True):
            if place.part == "path":
                continue  # a name, which no source reads
            at = self.location(seen.shard, place, named, shown_path(member, named))
            assert inputs.text_at(seen.shard, at, named) == text, place
        return seen

    def location(
        self, shard: Shard, place: Place, named: Named = same, member: str = ""
    ) -> Location:
        return Location(
            shard.uri,
            member,
            record=place.record,
            field=rename(place.field, named),
            part=place.part,
            layers=place.layers,
            record_start=place.record_start,
            record_end=place.record_end,
        )


def _pairs(batch: TextBatch) -> list[tuple[Place, str]]:
    labelled = sorted(row for _, rows in batch.places.labels() for row in rows)
    assert labelled == list(range(len(batch.values))) == list(range(len(batch.places)))
    label_of = {row: label for label, rows in batch.places.labels() for row in rows}
    pairs = []
    for row, value in enumerate(batch.values):
        if value.is_valid:
            places = list(batch.places.of(row))
            assert places
            assert {p.label for p in places} == {label_of[row]}
            pairs += [(place, value.as_py()) for place in places]
    return pairs


@pytest.fixture(scope="session")
def reading() -> Reading:
    return Reading()
