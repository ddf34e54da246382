"""`leakgate explain`: why a finding fired."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import _options

if TYPE_CHECKING:
    from scanner.explain import Explanation
    from scanner.model import Report, Rule

_MOST = 5  # findings of one incident that are explained


@click.command("explain")
@click.argument("finding")
@click.argument("paths", nargs=-1)
@click.option(
    "--report",
    "report_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The JSON report that shows the finding.",
)
@_options.policy
@_options.key_file
def plugin(
    finding: str,
    paths: tuple[str, ...],
    report_file: Path,
    policy: Path | None,
    key_file: Path | None,
) -> int:
    """Say why FINDING (the id of a finding or incident) fired.

    Reads the place again and shows the rule, every filter and proof that the value passed,
    and the shape of the text around it; never the value. PATHS are needed only when the
    name of the input is itself hidden: give the paths that were scanned.
    """
    from reports.serial import load_report
    from scanner import explain, run
    from scanner.cli import _runs

    report = load_report(report_file.read_bytes(), str(report_file))
    found = explain.find(report, finding)
    request = _runs.request("explain", _runs.config(policy), key_file, datetime.now(UTC), Path())
    _same_key(report, request.key.id)
    scanner = run.scanner_of(request)
    rules = {rule.id: rule for rule in report.rules} | run.rules_by_id(scanner)
    told = [explain.explain(f, scanner, paths) for f in found[:_MOST]]
    click.echo("\n\n".join(_text(e, rules.get(e.finding.rule_id)) for e in told))
    if len(found) > _MOST:
        click.echo(f"\n({len(found) - _MOST} more of this incident are in the report)")
    return 0 if all(e.still_there for e in told) else 3


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
