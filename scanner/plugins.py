"""Finds plug-ins by file name, without importing them, and loads one by name.

A family is a folder; a plug-in is one module in it (`_` in front keeps a module private)
that defines `plugin`.  No list anywhere names the plug-ins of a family.  Third parties add
theirs through entry points of the group `leakgate.<family>`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.errors import UsageError

FAMILIES = {
    "sources": "scanner.sources",
    "recordings": "scanner.recordings",
    "decoders": "scanner.decoders",
    "detectors": "scanner.detectors",
    "executors": "scanner.executors",
    "ocr": "scanner.ocr",
    "grants": "scanner.grants",
    "logs": "scanner.logs",
    "formats": "reports.formats",
    "commands": "scanner.cli",
}


def names(family: str) -> list[str]:
    """The names of a family's plug-ins, sorted; nothing is imported but the package itself."""
    return sorted(_own(family) | set(_entry_points(family)))


@cache
def load(family: str, name: str) -> Any:
    """The `plugin` object of one module; looked for once, as it is asked for with each file.

    Raises UsageError when the family has no plug-in of that name.
    """
    external = _entry_points(family).get(name)
    if external is not None:
        return external.load()
    if name not in names(family):
        known = ", ".join(names(family))
        raise UsageError(f"there is no {name!r} in {family}", hint=f"use one of: {known}")
    return importlib.import_module(f"{FAMILIES[family]}.{name}").plugin


@cache
def load_all(family: str) -> Mapping[str, Any]:
    """Every plug-in of a family by name, in the order of names; asked for with each file too."""
    return MappingProxyType({name: load(family, name) for name in names(family)})


def _folders(family: str) -> list[Path]:
    spec = find_spec(FAMILIES[family])
    return [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []


@cache
def _own(family: str) -> frozenset[str]:
    return frozenset(p.stem for folder in _folders(family) for p in folder.glob("[!_]*.py"))


@cache
def _entry_points(family: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in installed(f"leakgate.{family}")}


def installed(group: str) -> Iterable[EntryPoint]:
    """The entry points of a group; those of all packages are read once."""
    found: Iterable[EntryPoint] = _installed().select(group=group)
    return found


@cache
def _installed() -> Any:
    return entry_points()
