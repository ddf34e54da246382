"""Tells natural language from machine text, by the value itself and by the name it goes by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from functools import cache

from scanner.detectors import Value
from scanner.detectors._names_model import COMMON, FIRST, folder, well_known
from scanner.detectors._names_model import words as listed
from scanner.model import Part

_SAMPLE = 2_000  # code points at the start of a value by which it is told
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")

# What stands in logs, code, paths and titles, and not in sentences.
_SHAPES = re.compile(
    r"""^\W*\d{4}-\d\d-\d\d[T ]\d\d:\d\d                  # a log line's time
    | \b(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL)\b
    | ^\s*[\[{<].*[\]}>]\s*$                              # a document, an element
    | \b\w+=[\w"'/{\[]                                    # key=value
    | \b[a-z]+[A-Z]\w*\b | \b[a-z]+_[a-z_]+\b
    | \b(?!(?:Ma?c|D[aei]|L[aei]|V[ao]n|Fitz)[A-Z])[A-Z][a-z]+(?:[A-Z][a-z]+)+\b  # not McCoy
    | \w\(\)? | ::|->|=>|\{\}|\$\{|</
    | (?:^|\s)[~.]?/[\w.-]+/[\w.-]+ | [A-Za-z]:\\
    | \s[-\u2013\u2014|\u00b7]\s[A-Z][\w ]*$              # "... - Application"
    | \b\w+\.(?:py|js|ts|java|cs|cpp|go|rs|html|css|json|yaml|yml|xml|sql|sh|exe|dll|xlsx?|docx?
        |pptx?|pdf|txt|csv|md|log|png|jpe?g)\b
    """,
    re.VERBOSE,
)


_OTHER_SCRIPT = re.compile("[\u0590-\uffff]")  # of languages whose grammar is not listed
_LINKS = re.compile(r"https?://\S+|www\.\S+|(?<!\w)[@#]\w+")  # as people write them


class Kind(Enum):
    """What a value is taken for; nothing is read in OTHER, and with more care in MACHINE."""

    OTHER = 0
    MACHINE = 1
    PROSE = 2


def kind_of(value: Value) -> Kind:
    """Prose: sentences, or what stands in a field that people write in and sounds like one."""
    if value.part not in (Part.VALUE, Part.RAW, Part.METADATA):
        return Kind.OTHER
    text = value.text[:_SAMPLE]
    words = [word.lower() for word in _WORD.findall(text)]
    written, machine = _field(value.label)
    if len(words) < 4 and not machine and _lone_name(text, words):
        return Kind.PROSE
    if len(words) < 2:
        return Kind.OTHER
    sounds = _sounds(words, text)
    if machine or _machine(text, len(words)):
        return Kind.MACHINE if sounds > 1 and len(words) > 4 else Kind.OTHER
    return Kind.PROSE if sounds > 1 or (sounds and (written or len(words) < 8)) else Kind.OTHER


def _lone_name(text: str, words: list[str]) -> bool:
    """True for a value that is a name and nothing else, as the last line of a letter is."""
    tokens = text.strip(" \t\r\n,;.!-\u2013").split()
    if len(tokens) != len(words) or not all(token[:1].isupper() for token in tokens):
        return False
    classes = [listed().get(word, 0) for word in words]
    if any(one & COMMON for one in classes) or denied() & {*words}:
        return False
    return words[0] in well_known() or (len(words) > 1 and bool(classes[0] & FIRST))


def _sounds(words: list[str], text: str) -> int:
    """How much of a sentence it has: words of grammar of one language, a cue, foreign letters."""
    heard = Counter[str](language for word in set(words) for language in _by_word().get(word, ()))
    if not text.isascii() and len(_OTHER_SCRIPT.findall(text)) > len(text) // 3:
        return 2
    cue = any(word in cues()["greeting"] or word in cues()["title"] for word in words[:6])
    return max(heard.values(), default=0) + cue


def _machine(text: str, words: int) -> bool:
    """True for logs, code and titles; a long text may hold a file name or two."""
    found = (shape[0].lower() for shape in _SHAPES.finditer(_LINKS.sub(" , ", text)))
    shapes = sum(shape not in denied() for shape in found)  # people speak of their iPhone, too
    return shapes * 20 > words


@cache
def _field(label: str) -> tuple[bool, bool]:
    """Whether people write in the fields of this name, and whether programs do."""
    parts = {part.lower() for part in _HUMPS.split(label) if part}
    written = bool(parts & cues()["written"])
    return written, bool(parts & cues()["machine"]) and not written


@cache
def grammar() -> Mapping[str, frozenset[str]]:
    """Words of grammar by language."""
    lines = (folder() / "prose.txt").read_text("utf-8").splitlines()
    pairs = (line[1:].split("] ") for line in lines if line.startswith("["))
    return {language: frozenset(words.split()) for language, words in pairs}


@cache
def _by_word() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in grammar().items():
        for word in words:
            found[word] = (*found.get(word, ()), language)
    return found


@cache
def cues() -> Mapping[str, frozenset[str]]:
    """Words beside names, and of names of fields, by kind."""
    found: dict[str, set[str]] = {}
    kind = ""
    for line in (folder() / "cues.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif not line.startswith("#"):
            found.setdefault(kind, set()).update(line.split())
    return {name: frozenset(words) for name, words in found.items()}


@cache
def denied() -> frozenset[str]:
    """Words of applications, code and calendars, which are nobody's name."""
    lines = (folder() / "deny.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
