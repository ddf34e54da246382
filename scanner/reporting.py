"""The report of a scan that was made: evidence, audit, verdict.

Evidence is a run of the ledger of its own, so that an audit can be made again, later, against
an earlier scan.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import starmap
from typing import TYPE_CHECKING, Any

from scanner import __version__, gate, previous
from scanner.about import person_key
from scanner.config import Config
from scanner.config.policy import Governance
from scanner.coverage import Derived
from scanner.exceptions import Applied
from scanner.ledger import Ledger
from scanner.ledger import schema as ledger_schema
from scanner.model import InputRecord, LogCoverage, Report, Rule, RunInfo, ToolInfo, Verdict
from scanner.run import Request, excepted, known_incidents, own_files, rules_by_id
from scanner.scan import Scanner
from scanner.seal import Sealer

if TYPE_CHECKING:
    from scanner.audit import AuditOptions


def report(request: Request, scanner: Scanner, info: RunInfo, audited: bool = True) -> Report:
    """The report of a scan; with `audited`, after the evidence was read and the checks ran."""
    ledger = Ledger(request.ledger)
    runs, files = [info.id], list[InputRecord]()
    if audited:
        run_id, files = collect(request, scanner, info)
        runs.append(run_id)
    applied, findings, found = excepted(request), ledger.findings(info.id), dict[str, Any]()
    if audited or findings or _asks_more(request.config):
        found = _audited(request, rules_by_id(scanner), runs, applied)
    if not audited:
        found["checks"] = ()
    inputs = tuple(ledger.read_inputs(info.id))
    off = [name for name, options in request.config.detectors.items() if options is None]
    facts = gate.Facts(
        inputs,
        found.get("incidents", ()),
        found.get("checks", ()),
        files,
        detectors=info.detectors,
        switched_off=sorted(off),
        exceptions=applied.records(),
        own=frozenset(_own(request)),
    )
    return Report(
        run=replace(info, command=request.command),
        verdict=_verdict(facts, request.config, audited),
        tool=ToolInfo(version=__version__),
        inputs=inputs,
        findings=findings,
        evidence_inputs=tuple(files),
        columns=tuple(ledger.read(info.id, "columns")),
        exceptions=tuple(facts.exceptions),
        objects=tuple(ledger.read(info.id, "objects")),
        previous=previous.of(ledger, info),
        **found,
    )


def _audited(
    request: Request, rules: Mapping[str, Rule], runs: Sequence[str], applied: Applied
) -> dict[str, Any]:
    """What an audit of these runs says, by the field of the report."""
    from scanner.audit import audit

    result = audit(Ledger(request.ledger), runs, _options(request, rules, applied))
    return {
        "rules": tuple(rules[name] for name in sorted(result.used) if name in rules),
        "incidents": result.incidents,
        "checks": result.checks,
        "coverage": result.coverage,
        "problems": result.notes,
        "subjects": result.subjects,
    }


def collect(request: Request, scanner: Scanner, scan_run: RunInfo) -> tuple[str, list[InputRecord]]:
    """Read the evidence that the policy names into a run of its own.

    Returns the run's id and what became of each file.
    """
    from scanner import evidence

    access = request.config.access
    fates = evidence.Fates(
        path=scanner.named_uri,
        text=scanner.named_text,
        person=scanner.sealer.person,
        credential=cache(scanner.credential),
        now=request.now,
    )
    run_id = f"{scan_run.id}-{request.now:%Y%m%dT%H%M%S%f}Z-evidence"
    ledger, named = Ledger(request.ledger), scanner.named_uri
    run_id = _free(ledger, run_id)
    with ledger.run(run_id) as run:
        principals, memberships = evidence.directory(access.directory, fates)
        run.write("principals", principals)
        run.write("memberships", memberships)
        consents = evidence.consents(request.config.governance.consent, fates)
        run.write("consents", consents)
        aliases = evidence.pseudonyms(principals, consents, fates)
        run.write("aliases", starmap(ledger_schema.Alias, aliases))
        run.write("grants", evidence.grants(access.grants, named, fates))
        derived = Derived(request.now)
        run.write("events", derived.watch(evidence.events(access.logs, named, fates)))
        declared = [_shown(c.declared(), named) for c in access.coverage]
        run.write("coverage", [*declared, *_undeclared(derived.coverage(), declared)])
        run.write("inputs", fates.records)
    return run_id, fates.records


def _asks_more(config: Config) -> bool:
    """True for a policy that asks for more than what was found."""
    return config.governance != Governance() or bool(config.rules_dirs)


def _shown(coverage: LogCoverage, named: Callable[[str], str]) -> LogCoverage:
    return replace(coverage, resource=named(coverage.resource))


def _undeclared(
    derived: Iterable[LogCoverage], declared: Sequence[LogCoverage]
) -> list[LogCoverage]:
    """Derived coverage of the stores of which nobody declared any.

    A declaration knows more: that only a part of a bucket was logged, and since when.
    """
    spoken = [d.resource for d in declared]
    return [c for c in derived if not any(s.startswith(c.resource) for s in spoken)]


def _verdict(facts: gate.Facts, config: Config, audited: bool) -> Verdict:
    """The policy decides; the access checks only count where they could run."""
    rules = config.gate
    if not audited:
        rules = rules.model_copy(
            update={"checks": rules.checks.model_copy(update={"required": ()})}
        )
    return gate.decide(facts, rules)


def _own(request: Request) -> Iterator[str]:
    """SHA-256 of the run's own files: no data, unless a path is one of them."""
    named = set(map(os.path.abspath, request.paths))
    for path in own_files(request.config):
        if os.path.abspath(path) not in named:  # noqa: PTH100
            yield hashlib.sha256(path.read_bytes()).hexdigest()


def _options(request: Request, rules: Mapping[str, Rule], applied: Applied) -> AuditOptions:
    from scanner.audit import AuditOptions

    config, accepted = request.config, known_incidents(request)
    return AuditOptions(
        now=request.now,
        pseudonym=partial(_pseudonym, Sealer(request.key.secret, request.now)),
        rules=rules,
        rules_dirs=config.rules_dirs,
        all_staff_groups=config.access.all_staff_groups,
        governance=config.governance,
        known=frozenset(accepted.entries if accepted else ()),
        excepted=applied,
    )


def _pseudonym(sealer: Sealer, name: str) -> str:
    key = person_key(name)
    return sealer.person(*key) if key else ""


def _free(ledger: Ledger, run_id: str) -> str:
    """The id, or the first free one that begins with it."""
    taken, number, free = set(ledger.runs()), 2, run_id
    while free in taken:
        free, number = f"{run_id}-{number}", number + 1
    return free
