"""What around an ordinary word says that it is meant as a name: the evidence for a code name.

Each kind has a name that reports show.  None of it depends on which term it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.model import Confidence

_REACH = 60  # code points on either side
FEW = 50  # ordinary words in all term files up to which weak evidence counts in full

# Directly in front of the name, or with a small word between: "codename: Muse".
_BEFORE = re.compile(
    r"\b(?:project|code[ _-]?named?|codeword|working[ _-]title|internal[ _-]name|program(?:me)?"
    r"|initiative|prototype|release|launch|milestone|team|repo(?:sitory)?|embargo(?:ed)?|unreleased"
    r"|unannounced|rollout|roll[ -]out|internally|called)"
    r"(?:(?:s|ing|es)?[\s:=_\"'`(\[{#-]{1,4}(?:(?:of|for|is|as|the|named|called|name|on)[\s:=\"'`]{1,3}){0,2})$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:['\u2019]s)?[\s\"'`)\]}_-]{1,3}(?:project|code[ -]?name|release|launch|prototype|milestone"
    r"|roadmap|rollout|roll[ -]out|embargo|repo(?:sitory)?|sku|launches|ships|beta|alpha|team"
    r"|go[ -]live|kick[ -]?off|firmware|v?\d+\.\d)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"project|code.?name|codeword|release|branch|repo|product|milestone|initiative|program",
    re.IGNORECASE,
)
_PATH = re.compile(r"[\w.@~:%+-]*(?:[/\\][\w.@~:%+-]*)+")
_REPOSITORY = re.compile(
    r"(?:^|[/\\.@:_-])(?:git|github|gitlab|bitbucket|src|repos?|repositories|branch(?:es)?|feature"
    r"|features|refs|heads|origin|libs?|packages|apps|services|projects?|codebase|release|releases"
    r"|hotfix|bugfix|tree|blob|pull|code)(?:[/\\.:_-]|$)|\.git\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SENTENCE = re.compile(r"[.!?:;\u2022|\n\r\t\"\u201c(\[{>*#]\s*$|^\s*$|[-\u2013\u2014]\s+$")


@dataclass(frozen=True, slots=True)
class Evidence:
    name: str
    confidence: Confidence


NEIGHBOUR = Evidence("beside another term", Confidence.MEDIUM)


@dataclass(frozen=True, slots=True, repr=False)
class Word:
    """An ordinary word in a text, under a label; `written` is how the term file has it."""

    text: str
    start: int
    end: int
    label: str
    written: str


def evidence(word: Word, few: bool) -> Evidence | None:
    """Why a word is a name, the best reason; None for an ordinary use.

    `few` says that the files hold few ordinary words: coincidences are unlikely then.  Of many
    words, one always stands in an identifier or after a full stop: a weak reason alone is none.
    """
    found = list(_reasons(word, few))
    best = max(found, key=lambda e: e.confidence.rank, default=None)
    weak = best is not None and best.confidence is Confidence.LOW
    return None if weak and not few and len(found) < 2 else best


def _reasons(word: Word, few: bool) -> Iterator[Evidence]:
    text, start, end = word.text, word.start, word.end
    weak = Confidence.MEDIUM if few else Confidence.LOW
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    capital = text[start].isupper()
    if _BEFORE.search(before):
        yield Evidence("said to be a name", Confidence.MEDIUM if capital or few else weak)
    elif _AFTER.match(after):
        yield Evidence("said to be a name", Confidence.MEDIUM if capital else weak)
    if word.label and _LABEL.search(word.label):
        yield Evidence("in a field for names", weak)
    path = _path(text, start, end)
    if path and _REPOSITORY.search(path):
        yield Evidence("in a repository path", Confidence.MEDIUM)
    elif path or _in_identifier(text, start, end):
        yield Evidence("in an identifier", weak if few and not path else Confidence.LOW)
    if _capitalised(text, start, end, before, after):
        yield Evidence("capitalised inside a sentence", weak)
    if few and capital and _alone(before, after) and word.written[:1].isupper():
        yield Evidence("a value of its own", Confidence.LOW)


def _path(text: str, start: int, end: int) -> str:
    """The path that the word is a whole part of, or nothing."""
    if not re.match(r"[/\\_.-]|$|\s|[\"'`)\]]", text[end : end + 1] or " "):
        return ""
    low, high = max(0, start - 200), end + 200
    for match in _PATH.finditer(text, low, min(high, len(text))):
        if match.start() <= start and end <= match.end():
            return match[0] if len(re.findall(r"[/\\]", match[0])) > 1 or _clear(match[0]) else ""
    return ""


def _clear(path: str) -> bool:
    """True for a path with one slash that is no "and/or"."""
    return bool(re.match(r"[/~.]", path) or _REPOSITORY.search(path) or re.search(r"\.\w+$", path))


def _in_identifier(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return "_" in (before, after) or before.isalnum() or after.isupper() or after.isdigit()


def _capitalised(text: str, start: int, end: int, before: str, after: str) -> bool:
    """A capital where the sentence asks for none: the word before is in lower case, and so is
    that after it, if there is one."""
    word = text[start:end]
    if not word[0].isupper() or _SENTENCE.search(before):
        return False
    last = _WORD.findall(before)[-1:]
    if not last or not last[0][0].islower() or not re.search(r"[\s(/,'\"`\u2018\u201c-]$", before):
        return False
    following = _WORD.match(after.lstrip(" ,'\u2019\"`)"))
    return following is None or following[0].islower() or not after[:1].isspace()


def _alone(before: str, after: str) -> bool:
    return not before.strip() and re.fullmatch(r"(?:['\u2019]s)?\s*", after) is not None
