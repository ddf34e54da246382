"""Decides what becomes of a span that a recogniser took for a name or an address.

`finding`: the words say so themselves, or the words before them do.  `review`: it is the
recogniser's word alone.  Words of code and applications are refused.
"""

from __future__ import annotations

import re
import unicodedata

from scanner.detectors._names_model import (
    COMMON,
    FIRST,
    LAST,
    PLACE,
    well_known,
    words,
)
from scanner.detectors._names_prose import Kind, cues, denied

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019\u02bc.-][^\W\d_]+)*\.?")
_OWNED = re.compile(r"['\u2019]s?$")
_CAMEL = re.compile(r"[a-z][A-Z]")
_HUMP = re.compile(r"^(?:Mc|Mac|De|Di|Da|La|Le|Van|Von|O['\u2019]|D['\u2019]|Fitz)[A-Z]")
_BEFORE = re.compile(r"([^\W\d_]+(?:['\u2019-][^\W\d_]+)?)[.,:;!]?\s*$")
_AFTER = re.compile(r"(?:['\u2019]s)? ([A-Z][a-z]+)\b")
_OPENS = re.compile(r"(?:^|[.!?:>\u2026\n])[\s\"'\u201c*-]*$")  # a sentence
_CUT = re.compile(r"\s*(?:[\n\t|/(\[{<;]|\s{2}|\s[-\u2013\u2014]\s|[,\s]\s?\d)")
_STREET = re.compile(r"\d")
_GLUED = re.compile(r"[:=(]\S")  # `gitleaks:allow`, `value=1`
UNCASED = "\u0590"  # from here on most scripts have no capitals


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without punctuation at its edges, a possessive ending or an open bracket."""
    while start < end and _edge(text[start]):
        start += 1
    while start < end and _edge(text[end - 1]) and not _initial(text, start, end):
        end -= 1
    owned = _OWNED.search(text, start, end)
    return (start, owned.start()) if owned and owned.start() > start else (start, end)


def _edge(char: str) -> bool:
    """True for punctuation, symbols, spaces and control characters."""
    return unicodedata.category(char)[0] in "PSZC"


def narrowed(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of a span that is a name: up to the next line, number or dash, without the words
    in lower case around a name with capitals, or the `Have` of `Have Ana ...`."""
    cut = _CUT.search(text, start, end)
    start, end = trimmed(text, start, cut.start() if cut else end)
    tokens = list(re.finditer(r"\S+", text[start:end]))
    while len(tokens) > 1 and tokens[0][0][:1].isupper() and tokens[-1][0].islower():
        tokens.pop()
    while len(tokens) > 1 and _small(tokens[0][0]) and tokens[-1][0][:1].isupper():
        del tokens[0]
    opens = len(tokens) > 1 and _OPENS.search(text, max(0, start - 8), start)
    if opens and _ordinary(tokens[0][0].lower()):
        del tokens[0]
    return (start + tokens[0].start(), start + tokens[-1].end()) if tokens else (start, end)


def _small(token: str) -> bool:
    return token.islower() and token not in cues()["particle"]


def person(text: str, start: int, end: int, kind: Kind) -> str:
    """`finding`, `review`, or why the span is refused (a filter's name)."""
    name = text[start:end]
    tokens = name.split()
    if not tokens or len(tokens) > 6 or len(name) < 2 or not all(map(is_word, tokens)):
        return "not-a-name"
    plain = [token.strip(".,").lower() for token in tokens]
    if _of_code(text, start, end, plain):
        return "application-or-code"
    key = len(plain) == 1 and name.isupper() and text[end : end + 1] == ":"  # `NINO:`
    if key or _thing(plain) or _of_a_thing(text, end, plain) or _no_name(text, start, name, plain):
        return "ordinary-word"
    if kind is Kind.MACHINE:
        sure = _listed(plain) and _capitals(tokens) > 1 and not _common(plain)
        return "finding" if sure and not set(plain) & denied() else "machine-field"
    sure = _titled(text, start) or _listed_first(tokens, plain) or _two(tokens, plain)
    if not sure and text[max(0, start - 8) : start].lower() == "you are ":
        return "assistant"  # how system prompts name who is to answer
    return "finding" if sure or _greeted(text, start, plain) else "review"


def _of_code(text: str, start: int, end: int, plain: list[str]) -> bool:
    """True for words of applications, things with a name of their own, and `nobody:key`."""
    if all(word in denied() for word in plain):
        return True
    glued = text[start:end].islower() and _GLUED.match(text, end) and not _listed(plain)
    return len(plain) == 1 and (bool(glued) or _word_before(text, start) in cues()["thing"])


def address(text: str, start: int, end: int, label: str, kind: Kind = Kind.PROSE) -> str:
    """The same for an address: a number and words, as a street and house number are."""
    found = text[start:end]
    if kind is Kind.MACHINE:
        return "machine-field"
    parts = [word.lower() for word in re.findall(r"[^\W\d_]{2,}", found)]
    if sum(part in denied() for part in parts) * 2 > len(parts) or not parts:
        return "application-or-code"  # `Desktop 3 by Explorer`
    letters = len(re.findall(r"[^\W\d_]", found))
    if not _STREET.search(found) or letters < 3 or len(found) < 6 or "@" in found:
        return "no-house-number"
    return "finding" if label == "ADDRESS" and len(found.split()) > 1 else "review"


def is_word(token: str) -> bool:
    """True for a word as names have them: letters, no camelCase but for `McCoy` and `DeVito`."""
    bare = token.strip(",")
    return bool(_TOKEN.fullmatch(bare)) and (not _CAMEL.search(bare) or bool(_HUMP.match(bare)))


def _listed(plain: list[str]) -> bool:
    return any(words().get(word, 0) & FIRST for word in plain)


def _listed_first(tokens: list[str], plain: list[str]) -> bool:
    """A first name of the list; one that is an ordinary word too, with a last name only."""
    for token, word in zip(tokens, plain, strict=True):
        classes = words().get(word, 0)
        alone = len(plain) == 1 and token.islower()  # `emit` is a name as well
        if word in well_known() or (_sure_first(word) and not alone):
            return True
        if classes & FIRST and len(plain) > 1 and (token[:1].isupper() or token[:1] >= UNCASED):
            return True
    return len(plain) == 1 and bool(words().get(plain[0], 0) & LAST) and not _common(plain)


def _two(tokens: list[str], plain: list[str]) -> bool:
    """Two words with capitals of which one at least is no ordinary word."""
    body = [w for w in plain if w not in cues()["particle"]]
    return _capitals(tokens) > 1 and not _common(body) and not set(body) & denied()


def _thing(plain: list[str]) -> bool:
    """True for `Quillstone Desk` and `Victoria Line`: ordinary words at the end, or no names."""
    if len(plain) > 1 and plain[-1] in cues()["namesake"]:
        return True
    if len(plain) > 1 and (plain[0] in cues()["title"] or _sure_first(plain[0])):
        return False
    if any(len(word) == 1 for word in plain[1:-1]):
        return False  # Meredith H. Shade
    body = [word for word in plain if len(word) > 1 and word not in cues()["particle"]]
    classes = [words().get(word, 0) for word in body]
    if len(classes) > 1 and classes[-1] & COMMON and not classes[-1] & LAST:
        return True
    return any(map(_ordinary, body)) and not any(one & FIRST for one in classes)


def _ordinary(word: str) -> bool:
    """True for a word of ordinary text that is nobody's name."""
    one = words().get(word, 0)
    return bool(one & COMMON and not one & (FIRST | LAST)) and word not in cues()["particle"]


def _of_a_thing(text: str, end: int, plain: list[str]) -> bool:
    """True for the first words of `Grace Period`, of `Kent Street` and of `Quillstone Desk`."""
    word = _AFTER.match(text, end)
    if word is None:
        return False
    after = word[1].lower()
    unknown = not any(words().get(one, 0) & (FIRST | LAST) for one in plain)
    ordinary = _common([after]) and (_common(plain) or (unknown and after not in denied()))
    return after in cues()["namesake"] or ordinary


def _no_name(text: str, start: int, name: str, plain: list[str]) -> bool:
    """True for `in Austin`; for a word in lower case that is an ordinary one as well or follows
    an article (`a cup of joe`); for what no list knows in lower case, or as `CBHS`."""
    classes, before = [words().get(word, 0) for word in plain], _word_before(text, start)
    alone, lower = len(plain) == 1, name.islower() and name[0] < UNCASED
    if alone and classes[0] & PLACE and before in cues()["within"]:
        return True
    if alone and lower and (classes[0] & COMMON or before in cues()["article"]):
        return True
    known = any(one & (FIRST | LAST) for one in classes)
    return not known and (lower or (alone and name.isupper()))


def _sure_first(word: str) -> bool:
    """True for a first name that is nothing else: `Rick`, not `Victoria`."""
    return bool(words().get(word, 0) & FIRST) and not words().get(word, 0) & (COMMON | PLACE)


def _common(plain: list[str]) -> bool:
    return all(words().get(word, 0) & COMMON for word in plain)


def _capitals(tokens: list[str]) -> int:
    return sum(token[0].isupper() or token[0] >= UNCASED for token in tokens)


def _titled(text: str, start: int) -> bool:
    return _word_before(text, start) in cues()["title"]


def _greeted(text: str, start: int, plain: list[str]) -> bool:
    return _word_before(text, start) in cues()["greeting"] and not _common(plain)


def _word_before(text: str, start: int) -> str:
    found = _BEFORE.search(text[max(0, start - 30) : start])
    return found[1].lower() if found else ""


def _initial(text: str, start: int, end: int) -> bool:
    """True for the full stop of `John R.`, which is a part of the name."""
    return text[end - 1] == "." and end - start > 3 and text[end - 3] in " ." and end - 2 > start
