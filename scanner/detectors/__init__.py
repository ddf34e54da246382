"""One file per detector.  Each module defines `plugin`, a `DetectorFactory`.

The contract with the matcher: if `confirm(value, key, ...)` could yield anything for a
pattern, then one of that pattern's anchors matches somewhere in the value, or one of its
label anchors matches in the value's label.  Confirmation is exact and runs on candidates only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

from scanner.model import Confidence, Part, Rule, Severity


class Form(NamedTuple):
    """An expression of the package `regex`, with its flags, over the text of a value."""

    expression: str
    flags: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the matcher must see before a detector is asked.

    `anchors` are regular expressions in the syntax RE2 and Hyperscan share (no look-around,
    no back-references, ASCII classes); any one of them makes a row a candidate.
    `starts` are those of the anchors with which every match begins, where a word begins: no
    letter, digit or underscore stands before, but for an escape that is still written out.
    `label_anchors` are matched against the value's label instead.  With `always` every
    value is a candidate (slow: for adapters whose pattern has no anchor).
    """

    key: str  # the detector's own name for the pattern, unique within the detector
    anchors: tuple[str, ...] = ()
    label_anchors: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    caseless: bool = False
    unicode: bool = False  # classes such as \d and \w, and case, by Unicode properties
    ascii: bool = False  # bytes, but for `\x{}`: case is that of ASCII, `[^a]` takes any byte
    always: bool = False
    read: bool = False  # candidates are given to `Reader.read` in batches, not to `confirm`
    runs: bool = False  # values with a run that the detector `holds` are candidates, too
    forms: tuple[Form, ...] = ()  # of which one matches where anything is found; () says nothing


_BLOCK = 1024  # bytes between two places of a value whose code-point offset is known
_INNER = bytes(range(0x80, 0xC0))  # bytes of UTF-8 that start no character


def _starts(data: bytes) -> int:
    return len(data.translate(None, _INNER))


class Value:
    """A decoded value under examination.  It prints nothing of what it holds."""

    def __init__(self, data: bytes, label: str = "", part: Part = Part.VALUE) -> None:
        self.data, self.label, self.part = data, label, part  # data: UTF-8

    @cached_property
    def text(self) -> str:
        return self.data.decode("utf-8")

    def chars(self, byte_offset: int) -> int:
        """The code-point offset of a byte offset."""
        if self.ascii:
            return min(byte_offset, len(self.data))
        block = min(byte_offset, len(self.data)) // _BLOCK
        return self._before[block] + _starts(self.data[block * _BLOCK : byte_offset])

    @cached_property
    def ascii(self) -> bool:
        """True when a byte is a character."""
        return self.data.isascii()

    @cached_property
    def notes(self) -> dict[tuple[int, int], Any]:
        """What a detector has worked out about spans, for its other patterns."""
        return {}

    @cached_property
    def _before(self) -> list[int]:
        """How many code points start before each block of bytes."""
        blocks = range(0, len(self.data), _BLOCK)
        return list(accumulate((_starts(self.data[b : b + _BLOCK]) for b in blocks), initial=0))

    def __repr__(self) -> str:
        return f"<Value of {len(self.data)} bytes>"


@dataclass(frozen=True, slots=True, repr=False)
class Match:
    """A confirmed hit, still raw: it lives from `confirm` to `seal` and never leaves the worker.

    `start` and `end` are code points in the value's text; `secret` is what is fingerprinted
    (usually that span).  `family` and `normal` make the fingerprint: the same value written
    in two ways has one `normal`.  `reveal` is how many leading characters are public
    knowledge (a fixed prefix such as `ghp_`) and may be shown in the preview.
    """

    rule: Rule
    start: int
    end: int
    secret: str
    family: str
    normal: str
    confidence: Confidence
    severity: Severity
    evidence: tuple[str, ...] = ()
    reveal: int = 0
    priority: int = 0  # of overlapping matches of one category the highest wins
    allowed: tuple[str, ...] = ()  # places where it may stand; see `scanner.allowed`

    def __repr__(self) -> str:
        return f"<Match of {self.rule.id} at {self.start}:{self.end}>"


@dataclass(frozen=True, slots=True, repr=False)
class Drop:
    """A candidate that a named filter refused; counted, and shown by `explain --dropped`."""

    rule_id: str
    filter: str
    start: int
    end: int
    checked: bool = False  # it has the form, and the check that proves such values refused it
    count: int = 1  # candidates that were refused for this, of which the span is the first


class Detector(Protocol):
    """Finds one kind of thing; built once per worker."""

    def rules(self) -> Sequence[Rule]: ...

    def patterns(self) -> Sequence[Pattern]: ...

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Exact matches of one pattern in one candidate.

        `hits` are byte offsets in `value.data` where anchors ended (empty when only the
        label matched or the pattern is `always`).  Must not depend on `hits` for what it
        finds, only for where it looks first.
        """
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """How many words of a shard's first unit of work are read, and of each later one, and how
    it is told that they were too few.

    A `code` that begins with `note.` leaves the verdict as it is.
    """

    words: int
    later: int
    code: str
    what: str
    hint: str = ""


class Reader(Detector, Protocol):
    """A detector that reads whole texts, many at a time: one with a model.

    The anchors of its patterns with `read` say which values may be worth it; `cost` decides,
    by the value alone.
    """

    @property
    def budget(self) -> Budget: ...

    def cost(self, value: Value) -> int:
        """How many words reading it takes; 0 for what is not read.  Cheap."""
        ...

    def read(self, values: Sequence[Value]) -> Sequence[Sequence[Match | Drop]]:
        """What is found in each of them, in order."""
        ...


class Holder(Detector, Protocol):
    """A detector that is asked about runs: see `scanner.regexes.runs`."""

    def holds(self, run: str) -> bool:
        """False for a run of letters and digits, one of them not ASCII, that holds nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Canary:
    """A value that a live detector finds, where the text alone is not enough.

    `text` may hold placeholders, as examples of rules do (`<<alnum:12>>`).
    """

    text: str
    label: str = ""
    part: Part = Part.VALUE


@dataclass(frozen=True, slots=True)
class DetectorContext:
    """What a detector is built from: its part of the policy, and where rule data lies.

    `today` is the day of the run (rules with an embargo date compare with it, never with
    the clock); None means that nothing has expired.  Relative paths in the options are
    relative to `folder`, that of the policy file.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    today: date | None = None
    rules_dirs: tuple[str, ...] = ()  # folders with the same layout as `rules/`, besides ours
    folder: str = "."
    proven: bool = False  # the same rules have passed their own examples before
    key: bytes = field(default=b"", repr=False)  # the deployment key, for rules that are sealed


class DetectorFactory(Protocol):
    """Builds the detector.  Raises UsageError on a broken rule or option.

    A factory may have `depends_on(context)`: the files that, besides the options, decide on
    its rules and patterns, or None when something else does too.  Where they are the same as
    in an earlier run, rules and patterns come from a cache on disk and the detector is built
    when a candidate is first confirmed.  One that deals in confidential rules has the method
    `confidential` in its place, and what is kept of it is encrypted.

    A detector may have `dump()`, and its factory `load(context, dumped)`: workers then get what
    was dumped instead of building it again.  A detector whose matches name places in which they
    are `allowed` has a property `places`, all of these.
    """

    def build(self, context: DetectorContext) -> Detector: ...
