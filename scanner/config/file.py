"""Reads a policy file, YAML or JSON, and remembers on which line each of its keys stands.

Nothing of the file is quoted but plain words: a data file given by mistake stays unprinted.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scanner.errors import UsageError
from scanner.suggest import plain

Loc = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The content of a policy file as plain data, and its YAML nodes for line numbers."""

    path: Path
    data: dict[str, Any]
    root: yaml.Node | None = None

    def where(self, loc: Loc) -> str:
        """File, line and path of a key, for an error message."""
        line = _line(self.root, loc)
        place = f"{self.path}, line {line}" if line else str(self.path)
        return f"{place}: {dotted(loc)}" if loc else place


def read(path: Path) -> PolicyFile:
    """Parse a policy file.  Raises UsageError when it is not a YAML or JSON mapping."""
    text = _text(path)
    if path.suffix == ".toml":
        return PolicyFile(path, _table(text, path))
    root = _compose(text, path)
    data = _json(text, path) if path.suffix == ".json" else _construct(text, path)
    if not isinstance(data, dict):
        hint = "a policy starts with: version: 1"
        raise UsageError("the policy is not a mapping of keys to values", str(path), hint)
    return PolicyFile(path, data, root)


def dotted(loc: Loc) -> str:
    """`gate.block[0].category`"""
    steps = (f"[{s}]" if isinstance(s, int) else f".{plain(s)[1:-1]}" for s in loc)
    return "".join(steps).removeprefix(".")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        what = f"the policy cannot be read: {error.strerror or 'no reason given'}"
        raise UsageError(what, str(path), "check the path given to --policy") from None
    except UnicodeDecodeError:
        raise UsageError("the policy is not UTF-8 text", str(path), "save it as UTF-8") from None


def _compose(text: str, path: Path) -> yaml.Node | None:
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        if path.suffix == ".json":
            return None  # JSON that is not YAML (tabs) still is a policy, without line numbers
        raise _not_yaml(error, path) from None
    for key in _repeated(root, path, (), set()):
        where = f"{path}, line {key.start_mark.line + 1}"
        raise UsageError(f"the key {plain(key.value)} is given twice", where, "keep one of them")
    return root


def _construct(text: str, path: Path) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise _not_yaml(error, path) from None
    except ValueError:  # for example the date 2026-13-45
        what = "a value of the policy is not the date, time or number it looks like"
        raise UsageError(what, str(path), "write times like 2026-10-05T06:00:00Z") from None


def _table(text: str, path: Path) -> dict[str, Any]:
    """The table `[tool.leakgate]` of a pyproject.toml, without line numbers."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("the file is not valid TOML", str(path), "correct it") from None
    found: Any = data.get("tool")
    found = found.get("leakgate") if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise UsageError("there is no table [tool.leakgate]", str(path), "add it")
    found.setdefault("version", 1)
    return found


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"{path}, line {getattr(error, 'lineno', 1)}"
        raise UsageError("the policy is not valid JSON", where, "correct that line") from None


def _not_yaml(error: Exception, path: Path) -> UsageError:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
    return UsageError("the policy is not valid YAML", where, "correct the file there")


def _repeated(
    node: yaml.Node | None, path: Path, above: tuple[int, ...], done: set[int]
) -> Iterator[yaml.Node]:
    """Keys that stand twice in one mapping: YAML would keep the last and say nothing.

    `above` are the nodes that this one is in, `done` those that were looked at: an alias brings
    a node again.  Raises UsageError for one that is inside itself.
    """
    if isinstance(node, yaml.CollectionNode) and id(node) in above:
        where = f"{path}, line {node.start_mark.line + 1}"
        raise UsageError("a part of the policy contains itself", where, "take the alias out")
    if not isinstance(node, yaml.CollectionNode) or id(node) in done:
        return
    done.add(id(node))
    pairs = node.value if isinstance(node, yaml.MappingNode) else [(None, n) for n in node.value]
    seen: set[str] = set()
    for key, value in pairs:
        if key is not None and str(key.value) in seen:
            yield key
        seen |= {str(key.value)} if key is not None else set()
        yield from _repeated(value, path, (*above, id(node)), done)


def _line(node: yaml.Node | None, loc: Loc) -> int:
    """The line of the key at `loc`, or of the nearest part above it that is there; 0 = unknown."""
    line = 0
    for step in loc:
        found = _child(node, step)
        if found is None:
            break
        at, node = found
        line = at.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """What to point at for one step down, and the node that is there."""
    if isinstance(node, yaml.MappingNode):
        pairs = {str(key.value): (key, value) for key, value in node.value}
        return pairs.get(str(step))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
