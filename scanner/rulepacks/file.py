"""Reads one YAML rule file strictly; every refusal names file, line and what to change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from scanner import suggest
from scanner.errors import UsageError
from scanner.model import Confidence, Severity
from scanner.rulepacks.spec import Bounds, Example, Origin, RuleFile, RuleSpec, file_of, keys_of

_KEYS: dict[str, type[msgspec.Struct]] = {
    "rules": RuleSpec,
    "bounds": Bounds,
    "examples": Example,
    "counter_examples": Example,
    "placeholders": Example,
}
_VALUES = {
    "severity": [*Severity],
    "confidence": [*Confidence],
    "bounds": ["word", "token", "none", "{before: '[...]', after: '[...]'}"],
}


def read(path: Path) -> tuple[RuleFile, list[Origin]]:
    """A rule file and the origin of each of its rules.

    Raises UsageError for what is not YAML, repeats a key, has an unknown one or a wrong type.
    """
    node = _compose(path)
    for key in _repeated(node):
        raise UsageError(
            f"the key {suggest.plain(key.value)} stands twice in one mapping",
            f"{path}:{_line(key)}",
            "keep one of them",
        )
    try:
        loaded = file_of(_construct(path, node))
    except msgspec.ValidationError as err:
        raise _wrong(path, node, str(err)) from None
    rules = _child(node, "rules")
    return loaded, [Origin(path, _line(rule)) for rule in rules.value]


def _compose(path: Path) -> yaml.Node:
    try:
        node = yaml.compose(path.read_text("utf-8"), yaml.CSafeLoader)
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        hint = "mind indentation, and quote patterns with single quotes"
        raise UsageError("this is not valid YAML", f"{path}:{line}", hint) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise UsageError("this is not valid YAML in UTF-8", str(path)) from None
    except OSError as err:
        raise UsageError(f"cannot read this rule file ({err.strerror})", str(path)) from None
    if not isinstance(node, yaml.MappingNode):
        hint = "start with `family: <name>` and `rules:`"
        raise UsageError("a rule file is a mapping", f"{path}:1", hint)
    return node


def _construct(path: Path, node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        raise UsageError("this YAML value cannot be read", f"{path}:{line}") from None


def _repeated(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield key
            seen.add(key.value if isinstance(key.value, str) else id(key))
            yield from _repeated(value)


def _wrong(path: Path, node: yaml.Node, message: str) -> UsageError:
    """The error for a message such as "Expected `str`, got `int` - at `$.rules[2].id`"."""
    what, _, where = message.partition(" - at ")
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", where)
    rule = _rule_name(node, steps)
    place = f"{path}:{_line(_walk(node, steps))}" + (f", rule {rule}" if rule else "")
    unknown = re.search(r"unknown field `(.*)`", what)
    if not unknown:
        key = next((name for name, _ in reversed(steps) if name), "")
        hint = f"use one of: {', '.join(_VALUES[key])}" if key in _VALUES else ""
        return UsageError(what.replace("Object", "this part"), place, hint)
    kind = next((_KEYS[name] for name, _ in reversed(steps) if name in _KEYS), RuleFile)
    return UsageError(
        f"unknown key {suggest.plain(unknown[1])}", place, suggest.hint(unknown[1], keys_of(kind))
    )


def _walk(node: yaml.Node, steps: list[tuple[str, str]]) -> yaml.Node:
    for key, index in steps:
        if index and isinstance(node, yaml.SequenceNode) and int(index) < len(node.value):
            node = node.value[int(index)]
        elif key and isinstance(node, yaml.MappingNode):
            node = _child(node, key)
    return node


def _child(node: yaml.Node, key: str) -> yaml.Node:
    return next((v for k, v in node.value if k.value == key), node)


def _rule_name(node: yaml.Node, steps: list[tuple[str, str]]) -> str:
    if len(steps) < 2 or steps[0][0] != "rules":
        return ""
    name = _child(_walk(node, steps[:2]), "id")
    return name.value if isinstance(name, yaml.ScalarNode) else f"number {steps[1][1]}"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
