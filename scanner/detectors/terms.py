"""Names of unreleased products, from term files of the user; see `_term_files` for the form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.detectors._term_files import Term, read_all
from scanner.detectors._term_match import Form
from scanner.errors import UsageError
from scanner.model import Confidence, Rule
from scanner.regexes import anchors
from scanner.rulepacks.detector import check_options


class _Entry:
    """One term with its rule; what it prints shows the id only."""

    __slots__ = ("forms", "rule", "term")

    def __init__(self, term: Term) -> None:
        self.term, self.rule = term, _rule(term)
        self.forms = [Form(form, term.caseless) for form in term.forms]

    def pattern(self) -> Pattern:
        if all(form.text.isascii() for form in self.forms):
            return Pattern(self.term.id, tuple(f.anchor() for f in self.forms), caseless=True)
        return anchors.any_of([f.anchors() for f in self.forms]).pattern(self.term.id)


class _Terms:
    def __init__(self, terms: Iterable[Term]) -> None:
        self._entries = {term.id: _Entry(term) for term in terms}

    def rules(self) -> Sequence[Rule]:
        return [entry.rule for entry in self._entries.values()]

    def patterns(self) -> Sequence[Pattern]:
        return [entry.pattern() for entry in self._entries.values()]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Every place where the term or an alias stands."""
        del hits
        entry = self._entries[key]
        for number, form in enumerate(entry.forms):
            for start, end in form.find(value.text):
                yield _match(entry, value.text[start:end], start, end, number)


def _match(entry: _Entry, text: str, start: int, end: int, form: int) -> Match:
    return Match(
        entry.rule,
        start,
        end,
        text,
        family="term",
        normal=entry.term.id,  # however it is written, it is the same secret
        confidence=entry.rule.confidence,
        severity=entry.rule.severity,
        evidence=(f"alias {form}" if form else "term",),
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
