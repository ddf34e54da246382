"""What holds for every plug-in of every family: found by file name, loadable, independent."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import scanner
from scanner import plugins
from scanner.errors import UsageError

ROOT = Path(scanner.__file__).parents[1]
CONTRACTS = {
    "sources": "Source",
    "recordings": "Recording",
    "decoders": "Decoder",
    "detectors": "DetectorFactory",
    "executors": "Executor",
    "grants": "GrantReader",
    "logs": "LogReader",
    "ocr": "Engine",
    "formats": "Format",
}
ALL = [(family, name) for family in plugins.FAMILIES for name in plugins.names(family)]


def _modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of ours by dotted name, parsed."""
    for package in ("scanner", "reports"):
        for path in sorted((ROOT / package).rglob("*.py")):
            dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield dotted.removesuffix(".__init__"), ast.parse(path.read_text("utf-8"))


def _imports(tree: ast.Module) -> Iterator[str]:
    """Everything a module imports, `from a import b` as `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_family_has_a_contract_or_is_the_commands() -> None:
    assert {*CONTRACTS, "commands"} == set(plugins.FAMILIES)


@pytest.mark.parametrize("family", plugins.FAMILIES)
def test_no_family_is_empty(family: str) -> None:
    assert plugins.names(family)


@pytest.mark.parametrize(("family", "name"), ALL)
def test_a_plugin_loads_and_keeps_its_contract(family: str, name: str) -> None:
    plugin = plugins.load(family, name)
    if family == "commands":
        assert isinstance(plugin, click.Command)
        assert plugin.name == name
        return
    contract = getattr(importlib.import_module(plugins.FAMILIES[family]), CONTRACTS[family])
    for attribute in contract.__annotations__:
        assert getattr(plugin, attribute) is not None, attribute
    for method, asked in inspect.getmembers(contract, inspect.isfunction):
        if not method.startswith("_") or method == "__call__":
            _takes(getattr(plugin, method), asked)


def _takes(given: Any, asked: Any) -> None:
    """The plug-in's method can be called as the contract says."""
    wanted = list(inspect.signature(asked).parameters.values())[1:]
    inspect.signature(given).bind(*(None for _ in wanted))


@pytest.mark.parametrize(("family", "name"), ALL)
def test_a_plugin_says_what_it_is_for(family: str, name: str) -> None:
    assert importlib.import_module(f"{plugins.FAMILIES[family]}.{name}").__doc__


def test_finding_plugins_imports_none_of_them() -> None:
    script = (
        "import sys\nfrom scanner import plugins\n"
        "found = {f'{p}.{n}' for f, p in plugins.FAMILIES.items() for n in plugins.names(f)}\n"
        "assert len(found) > 10\nassert not found & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_nobody_imports_a_plugin_by_name() -> None:
    """Not its neighbours, and not the rooms that use the family: adding one is one file."""
    families = set(plugins.FAMILIES.values()) - {"scanner.cli", "reports.formats"}
    known = {f"{plugins.FAMILIES[family]}.{name}" for family, name in ALL}
    for module, tree in _modules():
        for imported in _imports(tree):
            if imported.rpartition(".")[0] in families:
                assert imported not in known, f"{module} imports {imported}"


@pytest.mark.parametrize("package", ["scanner.cli", "reports.formats"])
def test_commands_and_formats_do_not_know_each_other(package: str) -> None:
    known = {f"{plugins.FAMILIES[family]}.{name}" for family, name in ALL}
    for module, tree in _modules():
        if module in known and module.startswith(f"{package}."):
            assert not known & set(_imports(tree)), module


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        plugins.load("formats", "nothing")
    assert "json" in caught.value.hint
