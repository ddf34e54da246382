"""`leakgate explain`: why a finding fired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import _asked, _options

if TYPE_CHECKING:
    from scanner.explain import Explanation
    from scanner.model import DropCount, Report, Rule, RunInfo

_MOST = 5  # findings of one incident that are explained


@click.command("explain")
@click.argument("finding", required=False)
@click.argument("paths", nargs=-1)
@click.option(
    "--report",
    "report_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The JSON report that shows the finding.",
)
@click.option(
    "--dropped",
    is_flag=True,
    help="What was looked at and let go, by rule and reason. REPORT may stand in place of FINDING; "
    "without it the newest scan of the ledger is told.",
)
@_asked.as_
@_options.ledger
@_options.policy
@_options.key_file
def plugin(
    finding: str | None,
    paths: tuple[str, ...],
    report_file: Path | None,
    dropped: bool,
    form: str,
    ledger: Path,
    policy: Path | None,
    key_file: Path | None,
) -> int:
    """Say why FINDING (the id of a finding, or the id or fingerprint of an incident) fired.

    Reads the place again and shows the rule, every filter and proof that the value passed,
    and the shape of the text around it; never the value. PATHS are needed only when the
    name of the input is itself hidden: give the paths that were scanned.

    \b
    Examples:
      leakgate explain 0f3a9c --report report.json
      leakgate explain --dropped report.json
    """
    if dropped:
        drops = _drops(report_file or (Path(finding) if finding else None), ledger)
        click.echo(_asked.text_of(_told(drops), form), nl=False)
        return 0
    if finding is None or report_file is None:
        raise click.UsageError("give a FINDING and its --report, or --dropped")
    from reports.serial import load_report
    from scanner import explain, run
    from scanner.cli import _runs
    from scanner.outputs import read_input

    report = load_report(read_input(report_file), str(report_file))
    found = explain.find(report, finding)
    config = _runs.found(policy)
    key = _runs.keyed(config, key_file)
    _same_key(report, key.id)
    request = run.Request("explain", config, key, datetime.now(UTC), Path())
    scanner = run.scanner_of(request)
    rules = {rule.id: rule for rule in report.rules} | run.rules_by_id(scanner)
    told = [explain.explain(f, scanner, paths) for f in found[:_MOST]]
    click.echo("\n\n".join(_text(e, rules.get(e.finding.rule_id)) for e in told))
    if len(found) > _MOST:
        click.echo(f"\n({len(found) - _MOST} more of this incident are in the report)")
    return 0 if all(e.still_there for e in told) else 3


def _drops(report_file: Path | None, ledger: Path) -> Sequence[DropCount]:
    """The drops of a report, or of the newest scan."""
    from scanner.errors import UsageError

    if report_file is not None:
        from reports.serial import load_report
        from scanner.outputs import read_input

        if not report_file.is_file():
            hint = "give the JSON report of a scan: leakgate explain --dropped report.json"
            raise UsageError("there is no such report", str(report_file), hint)
        return load_report(read_input(report_file), str(report_file)).run.dropped
    from scanner import run
    from scanner.ledger import Ledger

    newest = run.latest_scan(Ledger(ledger))
    if not newest:
        hint = "name a JSON report, or the ledger's folder with --ledger"
        raise UsageError("the ledger holds no scan", str(ledger), hint)
    info: RunInfo = next(iter(Ledger(ledger).read(newest, "runs")))
    return info.dropped


def _told(drops: Sequence[DropCount]) -> _asked.Answer:
    """Most first, with what a reason means where the code has a sentence for it."""
    parts = [(*drop.filter.partition(": ")[::2], drop.count) for drop in drops]
    rows = sorted(parts, key=lambda row: (-row[2], row[:2]))
    told = [(*row, _meaning(row[1])) for row in rows]
    return _asked.Answer(("rule", "reason", "count", "meaning"), told)


def _same_key(report: Report, key_id: str) -> None:
    from scanner.errors import UsageError

    if report.run.key_id != key_id:
        what = "the report was made with another deployment key"
        hint = f"give the key whose id is {report.run.key_id} (LEAKGATE_KEY or --key-file)"
        raise UsageError(what, f"this key's id is {key_id}", hint)


def _text(explanation: Explanation, rule: Rule | None) -> str:
    finding = explanation.finding
    at = finding.location
    lines = [
        f"finding {finding.id}: {rule.name if rule else finding.rule_id}",
        f"  rule:        {finding.rule_id} ({finding.category}, detector {_detector(rule)})",
        f"  severity:    {finding.severity}, confidence {finding.confidence}",
        f"  value:       {finding.preview}, fingerprint {finding.fingerprint[:16]}",
        f"  place:       {at.uri}{f'!{at.member}' if at.member else ''}",
        f"  record:      {'-' if at.record is None else at.record}"
        + (f", bytes {at.record_start} to {at.record_end}" if at.record_start is not None else ""),
        f"  field:       {at.field or '-'} ({at.part})",
        *([f"  decoded by:  {' > '.join(at.layers)}"] if at.layers else []),
        f"  characters:  {at.start} to {at.end}",
        *([f"  remove rows: {at.rows}"] if at.rows else []),
        *([f"  see as well: {at.collateral}"] if at.collateral else []),
        f"  passed:      {', '.join(finding.evidence) or 'the pattern alone'}",
    ]
    if explanation.still_there:
        lines.append(f"  around it:   {explanation.before}[value]{explanation.after}")
    else:
        lines.append("  now:         the place no longer holds this value, or the rules changed")
    if rule and rule.remediation:
        lines.append(f"  what to do:  {' '.join(rule.remediation.split())}")
    return "\n".join(lines)


def _detector(rule: Rule | None) -> str:
    return (rule.detector if rule else "") or "unknown"


def _meaning(reason: str) -> str:
    """One sentence on a reason, from the filter or proof that has this name."""
    from scanner.rulepacks.filters import FILTERS
    from scanner.rulepacks.proofs import PROOFS

    named = FILTERS.get(reason) or PROOFS.get(reason)
    said = _REASONS.get(reason) or ((named.__doc__ or "") if named else "")
    return " ".join(said.partition("\n\n")[0].split())


_REASONS = {
    "bounds": "It goes on to the left or right: part of something longer.",
    "entropy": "Too regular for a secret of this kind.",
    "context": "No word beside it says what it is.",
    "number": "A number in its record, and nothing beside it says what it is.",
    "allowed place": "The term list or allow-list lets it stand there.",
    "name-of-something-else": "The name sounds like a secret's and is another thing's.",
}
