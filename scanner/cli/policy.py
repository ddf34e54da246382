"""`leakgate policy`: check a policy before it has to decide."""

from __future__ import annotations

import glob
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import _options
from scanner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from scanner.config import Config


_MAKE = "make it (leakgate baseline, leakgate triage), or take it out of the policy"


@click.group("policy")
def plugin() -> None:
    """Check a policy file."""


@plugin.command()
@click.argument("file", type=_options.PolicyPath(), required=False)
def check(file: Path | None) -> int:
    """Check a policy, the rules and terms it names, and that all files it names are there.

    Without FILE it is the one that is in force here; ci, strict and hunt are ready policies.
    """
    from scanner import catalogue
    from scanner.cli._runs import found

    policy = found(file)
    rules = catalogue.rules(policy)
    named = [
        (path, "put the export there, or take it out of `access:`") for path in _evidence(policy)
    ]
    named += [(path, _MAKE) for path in (policy.baseline, policy.exceptions) if path]
    missing = [pair for pair in named if not glob.glob(str(pair[0]), recursive=True)]  # noqa: PTH207
    for path, hint in missing:
        error = UsageError("the policy names a file that is not there", str(path), hint)
        click.echo(error.diagnostics(), err=True)
    click.echo(
        f"{policy.name}: {len(rules)} rules, {len(policy.stores)} stores, "
        f"{len(policy.gate.block)} blocking clauses, "
        f"{len(policy.gate.checks.required)} required checks, digest {policy.digest}"
    )
    return ExitCode.USAGE if missing else ExitCode.PASS


@plugin.command()
def schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    from scanner.config.policy import Policy

    click.echo(json.dumps(Policy.model_json_schema(), indent=2))


def _evidence(policy: Config) -> list[Path]:
    access = policy.access
    grants, logs = (g.path for g in access.grants), (log.path for log in access.logs)
    return [*access.directory, *grants, *logs]
