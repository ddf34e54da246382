"""Names of unreleased products, from term files of the user; see `_term_files` for the form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.detectors._term_files import Term, read_all
from scanner.detectors._term_match import Form
from scanner.errors import UsageError
from scanner.model import Confidence, Rule
from scanner.rulepacks.detector import check_options

_MANY = 200  # forms; see `Form.rarest`


@dataclass(frozen=True, slots=True, repr=False)
class _Entry:
    """One way to write one term, with its rule."""

    term: Term
    rule: Rule
    form: Form
    number: int  # of the form: 0 is the term itself, the others are aliases

    def found(self, text: str) -> Iterator[Match]:
        for start, end in self.form.find(text):
            yield _match(self, text[start:end], start, end)


class _Terms:
    """Forms that share the word by which they are looked for are one pattern.

    So a hit makes one candidate however many terms there are, and most of its forms are
    ruled out by the words that the text does not hold.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._rules: list[Rule] = []
        entries: list[_Entry] = []
        for term in terms:
            rule = _rule(term)
            self._rules.append(rule)
            forms = enumerate(Form(text, term.caseless) for text in term.forms)
            entries += (_Entry(term, rule, form, number) for number, form in forms)
        self._patterns: dict[str, Pattern] = {}
        self._entries: dict[str, list[_Entry]] = {}
        shared = _shared(entries) if len(entries) > _MANY else None
        words: dict[str, str] = {}
        for entry in entries:
            pattern = _pattern(entry, shared, words)
            self._patterns.setdefault(pattern.key, pattern)
            self._entries.setdefault(pattern.key, []).append(entry)

    def rules(self) -> Sequence[Rule]:
        return self._rules

    def patterns(self) -> Sequence[Pattern]:
        return list(self._patterns.values())

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Every place where a term or an alias stands."""
        del hits
        lower = value.text.lower() if self._patterns[key].ascii else None
        for entry in self._entries[key]:
            if lower is None or not entry.form.absent(lower):
                yield from entry.found(value.text)


def _shared(entries: Iterable[_Entry]) -> Mapping[str, int]:
    """How many forms hold a word."""
    return Counter(word for e in entries for word in {w.lower() for w in e.form.words})


def _pattern(entry: _Entry, shared: Mapping[str, int] | None, words: dict[str, str]) -> Pattern:
    """What makes a candidate of a form.

    The key is the same for all that one word stands for; `words` has the keys given so far.
    They are numbers: errors name keys, and a word may be a term.
    """
    if not entry.form.text.isascii():
        return entry.form.anchors().pattern(f"form {entry.term.id} {entry.number}")
    word = entry.form.rarest(shared)
    if word:
        key = words.setdefault(word, f"word {len(words)}")
        return Pattern(key, (re.escape(word),), caseless=True, ascii=True)
    key = f"form {entry.term.id} {entry.number}"
    return Pattern(key, (entry.form.anchor(),), caseless=True, ascii=True)


def _match(entry: _Entry, text: str, start: int, end: int) -> Match:
    return Match(
        entry.rule,
        start,
        end,
        text,
        family="term",
        normal=entry.term.id,  # however it is written, it is the same secret
        confidence=entry.rule.confidence,
        severity=entry.rule.severity,
        evidence=(f"alias {entry.number}" if entry.number else "term",),
    )


def _rule(term: Term) -> Rule:
    until = f" until {term.embargo_until.isoformat()}" if term.embargo_until else ""
    return Rule(
        f"term-{term.id}",
        f"Unreleased term {term.id}",
        "term",
        term.severity,
        Confidence.HIGH if term.caseless is not True else Confidence.MEDIUM,
        description=f"A name that is under embargo{until}." + _owned(term.owner),
        remediation="Keep the record out of the release, or ask the owner of the term.",
        detector="terms",
    )


def _owned(owner: str) -> str:
    return f" Its owner is {owner}." if owner else ""


def _active(term: Term, today: date | None) -> bool:
    return today is None or term.embargo_until is None or today < term.embargo_until


def _files(context: DetectorContext) -> list[Path]:
    given = context.options.get("files", [])
    if isinstance(given, str) or not isinstance(given, (list, tuple)):
        raise UsageError("`files` must be a list", "option files", "files: [terms.yaml]")
    own = [Path(context.folder, str(name)) for name in given]
    folders = [Path(folder, "terms") for folder in context.rules_dirs]
    found = [p for folder in folders for p in sorted(folder.glob("*.*")) if _is_term_file(p)]
    return list(dict.fromkeys([*found, *own]))


def _is_term_file(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml", ".csv")


class _Factory:
    def build(self, context: DetectorContext) -> Detector:
        """Option `files`: term files, besides those in `terms/` of the rule folders.

        Raises UsageError on a broken file, by place; it never quotes a term.
        """
        check_options(context.options, ("files",), "terms")
        terms = read_all(_files(context))
        return _Terms(term for term in terms if _active(term, context.today))


plugin = _Factory()
