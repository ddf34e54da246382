"""How each kind of detect-secrets plug-in is asked: expressions to lift, spans to take.

Only the plug-in classes are used.  The scan loop, filters, settings, baselines and network
checks of detect-secrets stay out: they are line-bound, and data could switch them off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from scanner.regexes import anchors
from scanner.regexes.anchors import Anchors

Span = tuple[int, int]


class Probe(Protocol):
    """One plug-in, seen from the matcher."""

    def anchors(self) -> Anchors: ...

    def spans(self, text: str) -> Iterable[Span]:
        """Where secrets stand, in code points."""
        ...


def probe_of(plugin: Any) -> Probe:
    """The probe that fits a plug-in object."""
    from detect_secrets.plugins.base import RegexBasedDetector
    from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin
    from detect_secrets.plugins.keyword import KeywordDetector
    from detect_secrets.plugins.private_key import PrivateKeyDetector

    if isinstance(plugin, PrivateKeyDetector):
        return KeyBlocks(tuple(plugin.denylist))
    if isinstance(plugin, HighEntropyStringsPlugin):
        return QuotedStrings(plugin)
    if isinstance(plugin, KeywordDetector):
        return Assignments(plugin)
    is_plain = type(plugin).analyze_string is RegexBasedDetector.analyze_string
    return Expressions(tuple(plugin.denylist)) if is_plain else Judged(plugin)


@dataclass(frozen=True, slots=True)
class Expressions:
    """A plug-in that is a list of expressions and nothing more."""

    denylist: tuple[re.Pattern[str], ...]

    def anchors(self) -> Anchors:
        return anchors.any_of([anchors.of_re(expression) for expression in self.denylist])

    def spans(self, text: str) -> Iterator[Span]:
        for expression in self.denylist:
            for match in expression.finditer(text):
                yield from secret_spans(match)


def secret_spans(match: re.Match[str]) -> list[Span]:
    """The secrets of one match: its outermost groups, or all of it.

    A group that the match runs on from without a break is a prefix (`ghp` of a GitHub
    token) and not the secret.
    """
    groups = [match.span(i) for i in range(1, match.re.groups + 1) if match[i]]
    outer = [g for g in groups if not any(_inside(g, other) for other in groups)]
    whole = [g for g in outer if not _runs_on(match, g[1])]
    return list(dict.fromkeys(whole)) or ([match.span()] if match[0] else [])


def _inside(span: Span, other: Span) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _runs_on(match: re.Match[str], end: int) -> bool:
    return end < match.end() and (match.string[end].isalnum() or match.string[end] in "_-")


@dataclass(frozen=True, slots=True)
class Judged:
    """A plug-in with an `analyze_string` of its own: only the strings it yields count.

    Its strings are looked for in the text.  A built-in one filters what its expressions
    find; one from elsewhere may find anything, so every value is shown to it.
    """

    plugin: Any

    def anchors(self) -> Anchors:
        if not type(self.plugin).__module__.startswith("detect_secrets."):
            return anchors.ALWAYS
        return Expressions(tuple(self.plugin.denylist)).anchors()

    def spans(self, text: str) -> Iterator[Span]:
        endings = [_greedy(e) for e in getattr(self.plugin, "denylist", ())]
        for secret in dict.fromkeys(self.plugin.analyze_string(text)):
            for start in _places(text, secret):
                yield start, max([start + len(secret), *_ends(endings, text, start)])


def _places(text: str, secret: str) -> Iterator[int]:
    at = text.find(secret) if secret else -1
    while at >= 0:
        yield at
        at = text.find(secret, at + len(secret))


def _greedy(expression: re.Pattern[str]) -> re.Pattern[str] | None:
    """The expression with a lazy tail made greedy: the lazy one leaves out a JWT's signature."""
    lazy = re.search(r"[^\\][*+?}]\?$", expression.pattern)
    return re.compile(expression.pattern[:-1], expression.flags) if lazy else None


def _ends(endings: Iterable[re.Pattern[str] | None], text: str, start: int) -> Iterator[int]:
    for expression in endings:
        match = expression.match(text, start) if expression else None
        if match:
            yield match.end()


_BLOCK_END = re.compile(r"-----END [A-Z0-9 ]{1,40}-----|Private-MAC: ?[0-9a-fA-F]+")
_BLOCK_BODY = re.compile(r"[A-Za-z0-9+/=\s\\:,-]*")


@dataclass(frozen=True, slots=True)
class KeyBlocks:
    """Private keys: from the header that the plug-in knows to the end of the block."""

    denylist: tuple[re.Pattern[str], ...]

    def anchors(self) -> Anchors:
        return Expressions(self.denylist).anchors()

    def spans(self, text: str) -> Iterator[Span]:
        headers = sorted(m.span() for e in self.denylist for m in e.finditer(text))
        limits = [start for start, _ in headers[1:]] + [len(text)]
        for (start, end), limit in zip(headers, limits, strict=False):
            lead = text[max(0, start - 5) : start]
            yield start - len(lead) + len(lead.rstrip("-")), _block_end(text, end, limit)


def _block_end(text: str, header_end: int, limit: int) -> int:
    """Where the key that began before `header_end` ends; a torn one ends with its last line."""
    closed = _BLOCK_END.search(text, header_end, limit)
    if closed:
        return closed.end()
    body = _BLOCK_BODY.match(text, header_end, limit)
    return header_end + len(body[0].rstrip()) if body else header_end


@dataclass(frozen=True, slots=True)
class QuotedStrings:
    """An entropy plug-in: quoted strings above its limit."""

    plugin: Any

    def anchors(self) -> Anchors:
        return anchors.of_re(self.plugin.regex)

    def spans(self, text: str) -> Iterator[Span]:
        for match in self.plugin.regex.finditer(text):
            if self.plugin.calculate_shannon_entropy(match[2]) > self.plugin.entropy_limit:
                yield match.span(2)


def _quoted_assignments() -> dict[re.Pattern[str], int]:
    from detect_secrets.plugins import keyword

    return dict(keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP)


@dataclass(frozen=True, slots=True)
class Assignments:
    """The keyword plug-in: quoted values given to secret-sounding names, all of them."""

    plugin: Any
    groups: dict[re.Pattern[str], int] = field(default_factory=_quoted_assignments)

    def anchors(self) -> Anchors:
        return anchors.any_of([anchors.of_re(expression) for expression in self.groups])

    def spans(self, text: str) -> Iterator[Span]:
        exclude = self.plugin.keyword_exclude
        for expression, group in self.groups.items():
            for match in expression.finditer(text):
                if not (exclude and exclude.search(match[0])):
                    yield match.span(group)
