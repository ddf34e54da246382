"""`leakgate config`: what is in force here, and where each value comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import _options

if TYPE_CHECKING:
    from scanner.config import Config

_ENVIRONMENT = ("LEAKGATE_KEY", "LEAKGATE_KEY_FILE", "LEAKGATE_CACHE", "NO_COLOR")
_SECRET = "LEAKGATE_KEY"  # noqa: S105 - the name of a variable


@click.group("config")
def plugin() -> None:
    """What is in force, and where it comes from."""


@plugin.command()
@_options.policy
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(policy: Path | None, as_json: bool) -> None:
    """Each value of the policy in force, with its origin: the file and line, or the default.

    Variables of the environment that matter are told too; the key itself is never shown.

    \b
    Examples:
      leakgate config show
      leakgate config show --policy strict --json
    """
    from scanner.cli._runs import found

    config = found(policy)
    rows = [*_rows(config), *_environment()]
    if as_json:
        told = [dict(zip(("key", "value", "origin"), row, strict=True)) for row in rows]
        click.echo(json.dumps(told, indent=2))
        return
    for key, value, origin in rows:
        click.echo(f"{key}: {json.dumps(value, ensure_ascii=False)}  # {origin}")


def _rows(config: Config) -> Iterator[tuple[str, Any, str]]:
    from scanner.config import read_policy

    file = read_policy(config.file)
    plain = config.model_dump(mode="json", by_alias=True, context={"folder": config.folder})
    for name in ("file", "folder", "digest"):
        plain.pop(name, None)
    yield "policy file", str(config.file), "--policy, or the nearest upward, or built in"
    yield "digest", config.digest, "SHA-256 of the policy with its defaults"
    for path, value in _leaves(plain, ()):
        stated = _stated(file.data, path)
        origin = file.where(path).partition(":")[0] if stated else "default"
        yield ".".join(map(str, path)), value, origin


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(item, (*path, number))
    else:
        yield path, value


def _stated(data: Any, path: tuple[str | int, ...]) -> bool:
    try:
        for step in path:
            data = data[step]
    except (LookupError, TypeError):
        return False
    return True


def _environment() -> Iterator[tuple[str, Any, str]]:
    for name in _ENVIRONMENT:
        if name in os.environ:
            value = "(set, not shown)" if name == _SECRET else os.environ[name]
            yield name, value, "environment"
