"""The form of a rule file: what its keys are called and which values they take."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from scanner.model import Confidence, Severity


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Character classes (`[...]`) that must not adjoin a match."""

    before: str = ""
    after: str = ""


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text for a rule's own test, under the label (object key, column) it needs."""

    text: str
    label: str = ""
    number: bool = False  # the value was a number in its record


class RuleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule as its file states it.

    `pattern`, `label` and `anchors` are regular expressions in the syntax that RE2 and
    Hyperscan share; a group named `secret` in `pattern` marks the part that is the secret, and
    where there are several (`secret2` to `secret9`), each is found on its own.
    `anchors`: one of them occurs in every value that holds a match.  When left out, a rule
    with `context_required` is looked for where its context words stand, and any other
    pattern must start with at least three fixed characters.
    `starts` are anchors as well, with which every match begins; they are cheaper than others.
    They need bounds that keep letters, digits and underscores from standing before a match.
    `context` are words or phrases looked for within 80 characters of a match and in the
    label.  `entropy` is a floor in bits per character of the secret.
    An `optional` rule is off unless the detector's option `enabled` names it.
    `partners` are ids of rules (or globs) that find other parts of the same credential: findings
    near each other are linked.  An `identifier` lets nobody in by itself, as a key id.
    `reach` is how far from an anchor a match may extend, in bytes, in values over 4 KiB.
    """

    id: str
    name: str
    severity: Severity
    pattern: str
    remediation: str
    examples: tuple[str | Example, ...]
    confidence: Confidence = Confidence.MEDIUM
    description: str = ""
    bounds: Literal["word", "token", "none"] | Bounds = "word"
    anchors: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    caseless: bool = False
    label: str = ""
    label_required: bool = False
    context: tuple[str, ...] = ()
    context_required: bool = False
    entropy: float = 0.0
    proof: str = ""
    proof_required: bool = True
    filters: tuple[str, ...] = ()
    placeholder: str = ""  # which values are documentation values; by category when empty
    reveal: int = 0
    normalise: str = "exact"
    priority: int = 50
    reach: int = 4096
    optional: bool = False
    family: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    counter_examples: tuple[str | Example, ...] = ()
    placeholders: tuple[str | Example, ...] = ()  # found, but at low confidence only
    partners: tuple[str, ...] = ()
    identifier: bool = False


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: a provider or a family of rules.  Equal secrets of a family are one secret."""

    family: str
    rules: tuple[RuleSpec, ...]
    references: tuple[str, ...] = ()  # of all its rules that state none themselves
    tags: tuple[str, ...] = ()


def file_of(parsed: object) -> RuleFile:
    """The typed form of a parsed rule file.  Raises msgspec.ValidationError."""
    return msgspec.convert(parsed, RuleFile)


def keys_of(kind: type[msgspec.Struct]) -> list[str]:
    """The keys that a part of a rule file may have."""
    return [field.name for field in msgspec.structs.fields(kind)]


class Origin(msgspec.Struct, frozen=True):
    """Where a rule was written: file, and line counted from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
