"""A scan that was asked for, from its paths to a run of the ledger.

The commands are thin: each asks for a part of this, and of `scanner.reporting`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from scanner import (
    __version__,
    baseline,
    digests,
    engine,
    exceptions,
    plugins,
    subjects,
)
from scanner.about import Names
from scanner.config import Config
from scanner.engine import Input, Progress, ScanOutcome, Workers
from scanner.files import ocr
from scanner.inputs import discover
from scanner.kept import Kept
from scanner.keys import Key
from scanner.ledger import Ledger, RunExists, pairs, settled
from scanner.ledger import schema as ledger_schema
from scanner.model import (
    Capture,
    DropCount,
    Rule,
    RunInfo,
    StoredObject,
)
from scanner.rulepacks.load import own_rules
from scanner.scan import Scanner
from scanner.sources import Shard
from scanner.worker import Settings, build_scanner, for_workers


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for; `now` is the only clock there is."""

    command: str
    config: Config
    key: Key
    now: datetime
    ledger: Path
    executor: str = "local"
    fresh: bool = False  # scan everything, whatever earlier runs know
    paths: tuple[str, ...] = ()  # what is scanned, as it was named

    def settings(self) -> Settings:
        config = self.config
        return Settings(
            key=self.key.secret,
            now=self.now,
            detectors=config.detectors,
            rules_dirs=config.rules_dirs,
            folder=str(config.folder),
            ocr=dict(config.ocr),
            names=Names(**dict(config.fields)),
        )

    def workers(self) -> Workers:
        limits = self.config.limits
        jobs = limits.jobs or os.cpu_count() or 1
        executor, memory = plugins.load("executors", self.executor), limits.worker_memory_mb << 20
        return Workers(executor, jobs, limits.unit_seconds, memory)


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that was made: its run, and how many of its inputs earlier runs had scanned."""

    info: RunInfo
    inputs: int
    reused: int


def scan(request: Request, scanner: Scanner, found: Sequence[Input], progress: Progress) -> Scan:
    """Scan inputs and keep what was found as a run of the ledger.

    `found` is what `scanner.inputs.discover` found.  Parts that an earlier run scanned with the
    same rules are not scanned again (`scanner.kept`).  Raises UsageError when the request
    itself is wrong; nothing is kept then.
    """
    known_incidents(request)  # a wrong baseline is told before hours of work, not after
    excepted(request)
    rules, ledger = _rules_digest(request), Ledger(request.ledger)
    ledger.make()
    with Kept(ledger.path, _scope(request, scanner, rules), request.fresh) as kept:
        size = sum(one.size for one in found if isinstance(one, Shard))
        settings = for_workers(request.settings(), scanner, size)
        outcome = engine.scan(found, settings, request.workers(), progress, kept)
        info = _info(request, outcome, rules)
        _write(request, scanner, info, outcome, kept)
        if _rules_digest(request) != rules:  # a rule file was changed under our hands
            kept.void()
    return Scan(info, len(outcome.inputs), outcome.reused)


def _write(
    request: Request, scanner: Scanner, info: RunInfo, outcome: ScanOutcome, kept: Kept
) -> None:
    ledger = Ledger(request.ledger)
    found = partial(kept.findings, scanner.sealer, request.now)
    columns = ledger_schema.schema("findings")
    objects = list(_objects(request.config, scanner, outcome))
    known = _known(scanner, outcome, objects)
    with suppress(RunExists), ledger.run(info.id) as run:  # the same data, rules and clock
        if kept.count:
            stats = settled.columns(found, columns, known, kept.folder)
            batches = settled.ordered(found, columns, known, stats, kept.folder)
            run.write_batches("findings", batches)
            run.write("columns", settled.shown(stats))
            linked = sorted(known.roots.items())
            run.write("persons", (ledger_schema.Linked(*pair) for pair in linked))
        run.write("inputs", outcome.inputs)
        run.write("objects", objects)
        run.write("captures", _captures(request, scanner, outcome))
        run.write("runs", [info])


def _captures(request: Request, scanner: Scanner, outcome: ScanOutcome) -> Iterator[Capture]:
    """Whom all records are about, where the policy has rules for them."""
    if not request.config.governance.of_records:
        return
    from scanner.captures import of_shard

    formats = {i.uri: i.format for i in outcome.inputs if not i.member and i.format}
    shown = {path: uri for uri, path in outcome.paths.items() if uri in formats}
    names = Names(**dict(request.config.fields))
    for shard in discover(list(shown)):
        if isinstance(shard, Shard):
            uri = shown[shard.path]
            safe = replace(shard, uri=uri)
            yield from of_shard(safe, formats[uri], names, scanner.people)


def _known(
    scanner: Scanner, outcome: ScanOutcome, objects: Iterable[StoredObject]
) -> settled.Known:
    """What the scan knows of columns and persons besides its findings."""
    return settled.Known(
        {o.uri: o.store or o.resource.rpartition("/")[0] for o in objects},
        {i.uri: i.records for i in outcome.inputs},
        outcome.refused,
        subjects.roots(outcome.links),
        scanner.sealer.digest,
        partial(_chance, scanner),
        pairs.partners(rules_by_id(scanner).values()),
    )


def _chance(scanner: Scanner, rule_id: str) -> float | None:
    """How often the check of a rule passes by chance; None where nobody says."""
    for detector in scanner.detectors.values():
        asked = getattr(detector, "chance", None)
        share: float | None = asked(rule_id) if asked is not None else None
        if share is not None:
            return share
    return None


def rules_by_id(scanner: Scanner) -> dict[str, Rule]:
    """Every rule of the scanner's detectors."""
    return {rule.id: rule for d in scanner.detectors.values() for rule in d.rules()}


def scanner_of(request: Request) -> Scanner:
    """A scanner in this process: for names in evidence, for rules, and for explaining."""
    return build_scanner(request.settings())


def known_incidents(request: Request) -> baseline.Baseline | None:
    """The baseline, if there is one.  Raises UsageError when it is of another key."""
    path = request.config.baseline
    return baseline.read(path, request.key.id) if path else None


def excepted(request: Request) -> exceptions.Applied:
    """The exceptions on the day of the run.  Raises UsageError when they are of another key."""
    path, longest = request.config.exceptions, request.config.gate.exceptions.longest_days
    known = exceptions.read(path, request.key.id) if path else None
    return exceptions.Applied(known, request.now.date(), longest)


def latest_scan(ledger: Ledger) -> str:
    """The id of the newest run that scanned something, or "" when there is none."""
    scans = [run for run in ledger.runs() if any(True for _ in ledger.read(run, "runs"))]
    return scans[-1] if scans else ""


def _rules_digest(request: Request) -> str:
    config = request.config
    private = digests.Private(
        [Path(d) for d in config.rules_dirs], list(option_files(config)), request.key.secret
    )
    options = {**config.detectors, "pictures": ocr.identity()}
    return digests.of_rules(own_rules(), private, options)


def _scope(request: Request, scanner: Scanner, rules_digest: str) -> str:
    """The digest of all that decides what is found in given bytes, for `scanner.kept`.

    An embargo that ends takes its rule with it, so the day itself takes part only where a
    detector of somebody else may make something of it.
    """
    rules = [rule for _, rule in sorted(rules_by_id(scanner).items())]
    foreign = digests.foreign_plugins()
    day = request.now.date().isoformat() if foreign else ""
    told = msgspec.json.encode(rules).decode()
    made_of = (rules_digest, request.key.id, scanner.matcher.engine, told, day)
    fields = request.config.fields.model_dump_json()
    return digests.of_texts(*made_of, fields, digests.of_program(), *foreign)


def _info(request: Request, outcome: ScanOutcome, rules_digest: str) -> RunInfo:
    config = request.config
    inputs_digest = digests.of_inputs(outcome.inputs)
    made_of = (inputs_digest, rules_digest, config.digest, request.key.id, __version__)
    mark = hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:8]
    on = [n for n in plugins.names("detectors") if config.detectors.get(n, {}) is not None]
    dropped = sorted(outcome.dropped.items())
    return RunInfo(
        id=f"{request.now:%Y%m%dT%H%M%S%f}Z-{mark}",
        command=request.command,
        started_at=request.now,
        key_id=request.key.id,
        rules_digest=rules_digest,
        policy_digest=config.digest,
        policy_name=config.name,
        inputs_digest=inputs_digest,
        detectors=tuple(on),
        engine=outcome.engine,
        dropped=tuple(DropCount(name, count) for name, count in dropped),
    )


def own_files(config: Config) -> Iterator[Path]:
    """The policy, and the files that it and the flags name, but for evidence."""
    for path in (config.file, config.baseline, config.exceptions, *option_files(config)):
        if path and path.is_file():
            yield path


def option_files(config: Config) -> Iterable[Path]:
    """Files that detector options name: term lists, registries."""
    for options in config.detectors.values():
        for value in (options or {}).values():
            for name in value if isinstance(value, list) else [value]:
                path = config.folder / str(name)
                if isinstance(name, str) and path.is_file():
                    yield path


def _objects(config: Config, scanner: Scanner, outcome: ScanOutcome) -> Iterable[StoredObject]:
    """Which resource each input is, under the name it may be shown by."""
    stored = [config.resource_of(path, uri) for uri, path in sorted(outcome.paths.items())]
    shown = scanner.named_uris([one.resource for one in stored])
    yield from (replace(one, resource=uri) for one, uri in zip(stored, shown, strict=True))
