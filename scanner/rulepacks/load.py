"""Loads rule packs: `<folder>/<pack>/*.yaml`, ours first, then the user's own folders.

A pack loads whole or not at all: an unknown key, a pattern that RE2 refuses, a name that
stands for nothing, a second rule of one id, an example that misbehaves are UsageErrors that
name file, line and rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

import scanner
from scanner.errors import UsageError
from scanner.model import Rule
from scanner.rulepacks.file import read
from scanner.rulepacks.spec import Origin, RuleSpec

PACKS = {"credentials": "credential", "pii": "pii"}  # folder -> category of its rules
_NAME = "leakgate"


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule with its file: `spec` as written, `rule` as reports show it."""

    spec: RuleSpec
    rule: Rule
    family: str
    origin: Origin


def own_rules() -> Path:
    """The folder of leakgate's own rules.

    Raises UsageError when it is missing or belongs to someone else: another distribution
    named `rules` installs over it without a word.
    """
    folder = Path(scanner.__file__).parent.parent / "rules"
    if _marker(folder / "pack.yaml") != _NAME:
        raise UsageError(
            "the rules folder next to the scanner is not leakgate's own: it is missing, or "
            "another package called `rules` was installed over it",
            str(folder),
            "install leakgate on its own: `pipx install leakgate` or `uv tool install leakgate`",
        )
    return folder


def _marker(path: Path) -> str:
    try:
        marker = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return ""
    return str(marker.get("name", "")) if isinstance(marker, dict) else ""


def load_pack(pack: str, extra: Sequence[str] = ()) -> list[LoadedRule]:
    """The rules of one pack ("credentials", "pii") of our folder and of the extra ones.

    Raises UsageError on the first thing that is wrong; nothing runs with half a pack.
    """
    rules: dict[str, LoadedRule] = {}
    for path in files(pack, extra):
        for rule in _rules(path, PACKS[pack], pack):
            if rule.spec.id in rules:
                first = rules[rule.spec.id].origin
                hint = f"the first one is at {first}; give this one another id"
                raise UsageError("two rules have one id", _place(rule), hint)
            rules[rule.spec.id] = rule
    return list(rules.values())


def files(pack: str, extra: Sequence[str]) -> list[Path]:
    """The rule files of one pack.  Raises UsageError for a folder that is not there."""
    return list(_files(pack, extra))


def _files(pack: str, extra: Sequence[str]) -> Iterator[Path]:
    own = own_rules()
    yield from _yaml_files(own / pack)
    for name in extra:
        folder = Path(name)
        if not folder.is_dir():
            hint = "name a folder that holds credentials/*.yaml or pii/*.yaml"
            raise UsageError("there is no such rules folder", name, hint)
        if folder.resolve() != own.resolve():
            yield from _yaml_files(folder / pack)


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*") if p.suffix in (".yaml", ".yml"))


def _rules(path: Path, category: str, pack: str) -> Iterator[LoadedRule]:
    loaded, origins = read(path)
    for spec, origin in zip(loaded.rules, origins, strict=True):
        rule = Rule(
            id=spec.id,
            name=spec.name,
            category=category,
            severity=spec.severity,
            confidence=spec.confidence,
            description=spec.description,
            remediation=spec.remediation.strip(),
            tags=spec.tags or loaded.tags,
            references=spec.references or loaded.references,
            detector=pack,
            partners=spec.partners,
            identifier=spec.identifier,
        )
        yield LoadedRule(spec, rule, spec.family or loaded.family, origin)


def _place(rule: LoadedRule) -> str:
    return f"{rule.origin}, rule {rule.spec.id}"


def broken(rule: LoadedRule, what: str, hint: str = "") -> UsageError:
    """The error for a rule that cannot be used; nothing of it holds scanned data."""
    return UsageError(what, _place(rule), hint)
