"""`leakgate rules`: what leakgate looks for, and whether the rules keep their own examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import _options
from scanner.errors import ExitCode

if TYPE_CHECKING:
    from scanner.model import Rule

_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("rules")
def plugin() -> None:
    """Show and test the rules."""


@plugin.command("list")
@_options.policy
@click.option("--category", help="Only rules of this category.")
@_as_json
def list_(policy: Path | None, category: str | None, as_json: bool) -> None:
    """List every rule of every detector, and every access check."""
    rules = [r for r in _rules(policy) if category in (None, r.category)]
    if as_json:
        return _print_json(rules)
    rows = [(r.id, r.category, r.severity, r.confidence, r.detector, r.name) for r in rules]
    return _print_table(("ID", "CATEGORY", "SEVERITY", "CONFIDENCE", "DETECTOR", "NAME"), rows)


@plugin.command()
@click.argument("rule_id", metavar="ID")
@_options.policy
@_as_json
def show(rule_id: str, policy: Path | None, as_json: bool) -> None:
    """Show one rule in full."""
    from scanner import suggest
    from scanner.errors import UsageError

    rules = {rule.id: rule for rule in _rules(policy)}
    if rule_id not in rules:
        hint = suggest.close(rule_id, rules) or "leakgate rules list shows all rules"
        raise UsageError(f"there is no rule {rule_id!r}", "", hint)
    if as_json:
        return _print_json([rules[rule_id]])
    return _print_rule(rules[rule_id])


@plugin.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False))
@_options.policy
def test(folders: tuple[str, ...], policy: Path | None) -> int:
    """Run the examples and counter-examples of all rules.

    FOLDERS hold rules of your own, laid out like leakgate's (credentials/*.yaml, pii/*.yaml);
    those that a policy names are tested with them. Exit code 2 when a rule misbehaves.
    """
    from scanner.cli._runs import found
    from scanner.rulepacks import check as rulecheck

    extra = (*found(policy).rules_dirs, *folders)
    listed, failures = rulecheck.list_rules(extra), rulecheck.check_pack(extra)
    for failure in failures:
        click.echo(str(failure), err=True)
    examples = sum(rule.examples + rule.counter_examples for rule in listed)
    click.echo(f"{len(listed)} rules, {examples} examples, {len(failures)} failures")
    return ExitCode.USAGE if failures else ExitCode.PASS


def _rules(policy: Path | None) -> Sequence[Rule]:
    from scanner import catalogue
    from scanner.cli._runs import found

    return catalogue.rules(found(policy))


def _print_json(rules: Sequence[Rule]) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(list(rules)), indent=2).decode())


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = [head, *rows]
    widths = [max(len(row[n]) for row in table) for n in range(len(head))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _print_rule(rule: Rule) -> None:
    click.echo(f"{rule.id}: {rule.name}\n")
    if rule.description:
        click.echo(f"{rule.description.strip()}\n")
    for label, text in (
        ("category", rule.category),
        ("severity", rule.severity),
        ("confidence", rule.confidence),
        ("detector", rule.detector),
        ("tags", ", ".join(rule.tags)),
        ("references", "\n             ".join(rule.references)),
        ("remediation", rule.remediation.strip().replace("\n", "\n             ")),
    ):
        if text:
            click.echo(f"{label + ':':<13}{text}")
