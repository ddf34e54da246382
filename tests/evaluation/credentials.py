"""Measures how well credentials are found: recall a family, false alarms a kind.

    python tests/evaluation/credentials.py --size 3000 --misses 3

Examples are made from a seed, each is a file of its own and once more a field of a JSON Lines
file.  Detectors are measured one by one as well, also detect-secrets' own plug-ins and, where
its program is named, Kingfisher.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent))
from examples import positives
from innocent import negatives

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.model import Confidence, Location
from scanner.scan import Scanner, Tally
from scanner.sources import Shard
from scanner.worker import Settings, build_scanner

_OURS = ("assignments", "credentials", "detect_secrets")


@dataclass(frozen=True)
class Case:
    """One example: the group it counts for, and whether it holds a credential."""

    group: str
    text: str
    positive: bool
    strong: bool = True


def cases(seed: int, size: int) -> list[Case]:
    """At least `size` with a credential, and as many as those without."""
    good = [Case(e.family, e.text, True, e.strong) for e in positives(seed, size)]
    return good + [Case(kind, text, False) for kind, text in negatives(seed, len(good))]


def scanner(detectors: Collection[str] = _OURS) -> Scanner:
    off = {name: {} if name in detectors else None for name in plugins.names("detectors")}
    key = os.environ.get("LEAKGATE_KEY", "evaluation key, not secret").encode()
    return build_scanner(Settings(key, datetime.now(UTC), off))


def found_plain(by: Scanner, all_: Sequence[Case], folder: Path) -> list[Confidence | None]:
    """The highest confidence of what is found in each example as a text file."""
    path = folder / "example.txt"
    return [_best(_confidences(by, path, case.text)) for case in all_]


def found_in_rows(by: Scanner, all_: Sequence[Case], folder: Path) -> list[Confidence | None]:
    """The same of each as the field of a row of JSON Lines."""
    path = folder / "examples.jsonl"
    rows = (json.dumps({"id": n, "text": c.text, "lang": "en"}) for n, c in enumerate(all_))
    path.write_text("\n".join(rows) + "\n")
    best: dict[int, list[Confidence]] = defaultdict(list)
    for record, confidence in findings(by, path):
        best[record].append(confidence)
    return [_best(best[n]) for n in range(len(all_))]


def _confidences(by: Scanner, path: Path, text: str) -> list[Confidence]:
    path.write_text(text)
    return [confidence for _, confidence in findings(by, path)]


def _best(found: Sequence[Confidence]) -> Confidence | None:
    return max(found, key=lambda c: c.rank) if found else None


def findings(by: Scanner, path: Path) -> Iterator[tuple[int, Confidence]]:
    """(record, confidence) of every credential in a file."""
    (shard,) = inputs.discover([str(path)])
    assert isinstance(shard, Shard)
    source = plugins.load("sources", inputs.source_for(shard))
    at = Location(shard.uri)
    for unit in source.units(shard):
        for batch in source.batches(unit, UnitLog()):
            for finding in by.scan(batch, at, UnitLog(), Tally()):
                if finding.category == "credential":
                    yield finding.location.record or 0, finding.confidence


def found_by_detect_secrets(all_: Sequence[Case], folder: Path) -> list[Confidence | None]:
    """What its own command says of each example as a file, with all its plug-ins."""
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    out: list[Confidence | None] = []
    path = folder / "example.txt"
    with default_settings():
        for case in all_:
            path.write_text(case.text)
            seen = SecretsCollection()
            seen.scan_file(str(path))
            out.append(Confidence.MEDIUM if seen.json() else None)
    return out


def found_by_kingfisher(all_: Sequence[Case], folder: Path, binary: str) -> list[Confidence | None]:
    """What Kingfisher says of each example as a file, without asking the providers."""
    files, report = folder / "files", folder / "kingfisher.json"
    files.mkdir()
    for n, case in enumerate(all_):
        (files / f"{n}.txt").write_text(case.text)
    flags = ["--no-validate", "--no-dedup", "--no-update-check", "--format", "json"]
    command = [binary, "scan", str(files), *flags, "-o", str(report)]
    subprocess.run(command, check=False, capture_output=True)
    rows = json.loads(report.read_text())["findings"]
    hit = {int(Path(row["finding"]["path"]).stem) for row in rows}
    return [Confidence.MEDIUM if n in hit else None for n in range(len(all_))]


@dataclass(frozen=True)
class Score:
    """Shares in percent: of strong examples at medium or above, of all, and of false alarms."""

    strong: float
    recall: float
    false: float
    groups: Mapping[str, tuple[int, int]]  # (hits, of)


def score(all_: Sequence[Case], found: Sequence[Confidence | None]) -> Score:
    groups: dict[str, list[bool]] = defaultdict(list)
    strong, every, false = list[bool](), list[bool](), list[bool]()
    for case, best in zip(all_, found, strict=True):
        sure = best is not None and best.at_least(Confidence.MEDIUM)
        groups[case.group].append(sure or (not case.strong and best is not None))
        if not case.positive:
            false.append(sure)
            continue
        every.append(best is not None)
        if case.strong:
            strong.append(sure)
    counted = {name: (sum(hits), len(hits)) for name, hits in groups.items()}
    return Score(_share(strong), _share(every), _share(false), counted)


def _share(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / max(1, len(hits))


def table(name: str, one: Score) -> None:
    click.echo(f"{name:<34}{one.strong:>8.1f}{one.recall:>8.1f}{one.false:>8.1f}")


def families(one: Score) -> None:
    """Hits of each family, those of a provider together."""
    merged: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, (hits, of) in one.groups.items():
        head, _, tail = name.partition(":")
        key = head if tail and head in ("token", "keyed") else name
        merged[key][0] += hits
        merged[key][1] += of
    for name, (hits, of) in sorted(merged.items()):
        click.echo(f"  {name:<40}{hits:>6} of {of:<6}{100 * hits / of:>6.1f} %")


@click.command()
@click.option("--seed", default=1)
@click.option("--size", default=3000)
@click.option("--misses", default=0, help="Print so many misses and false alarms a group.")
@click.option("--detectors/--together", default=False, help="Measure each detector alone too.")
@click.option("--detect-secrets/--no-detect-secrets", "peer", default=False)
@click.option("--kingfisher", default="", help="Path of its program.")
def main(seed: int, size: int, misses: int, detectors: bool, peer: bool, kingfisher: str) -> None:
    """Print the table of docs/quality.md."""
    all_ = cases(seed, size)
    count = sum(case.positive for case in all_)
    click.echo(f"seed {seed}: {count} with a credential, {len(all_) - count} without")
    click.echo(f"{'percent':<34}{'strong':>8}{'all':>8}{'false':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder, ours = Path(name), scanner()
        plain = found_plain(ours, all_, folder)
        table("leakgate", score(all_, plain))
        rows = found_in_rows(ours, all_, folder)
        table("leakgate, in JSON Lines", score(all_, rows))
        for detector in _OURS if detectors else ():
            alone = found_plain(scanner([detector]), all_, folder)
            table(f"detector {detector}", score(all_, alone))
        if peer:
            table("detect-secrets", score(all_, found_by_detect_secrets(all_, folder)))
        if kingfisher:
            table("Kingfisher", score(all_, found_by_kingfisher(all_, folder, kingfisher)))
    families(score(all_, plain))
    _print_misses(all_, plain, rows, misses)


def _print_misses(
    all_: Sequence[Case],
    plain: Sequence[Confidence | None],
    rows: Sequence[Confidence | None],
    limit: int,
) -> None:
    shown: dict[str, int] = defaultdict(int)
    for case, *both in zip(all_, plain, rows, strict=True):
        sure = [b is not None and b.at_least(Confidence.MEDIUM) for b in both]
        wrong = [s != case.positive for s in sure] if case.strong else [b is None for b in both]
        if any(wrong) and shown[case.group] < limit:
            shown[case.group] += 1
            where = "both" if all(wrong) else "plain" if wrong[0] else "rows"
            click.echo(f"[{case.group}] {where}: {case.text[:300]!r}")


if __name__ == "__main__":
    main()
