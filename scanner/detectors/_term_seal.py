"""Sealed term lists: keyed hashes in place of names, so that a list gives nothing away.

Of each form a sealed list holds three things, made with a key that is derived from the
deployment key and the list's own salt (HMAC-SHA256 throughout):
  gram  the hash of one of the form's runs of four letters (or of three letters and digits);
        who has the key finds out which runs are meant by trying all of them, and the runs are
        what the matcher looks for
  hash  the hash of the form's skeleton: letters and digits only, l33t undone
  box   the form itself, under a key stream derived from the skeleton: whoever comes upon the
        term in a text can open it, and nobody else, with the key or without
So a text is searched for the runs, and what stands around one is hashed and compared.  From
then on a sealed term is matched as a plain one is.  Not found is what changes letters of the
skeleton: typos, and forms whose words are joined by more than ten signs.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import secrets
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from scanner.detectors._term_files import Term, check, list_key
from scanner.detectors._term_fold import View, folded, leet_expression, skeleton
from scanner.detectors._term_kinds import core
from scanner.detectors._term_match import Form
from scanner.errors import UsageError

_SIZE = 16  # bytes of a hash
_BLOCK = 64  # bytes that a box is a multiple of
_WIDEST = 8  # word edges on either side of a run up to which a form may reach
_LONGEST = 200
_IN_URLS = re.compile(r"%20|\+")  # in place of a blank; elsewhere a plus may stand for a t


def head(key: bytes) -> dict[str, str]:
    """What stands at the top of a new sealed list: its salt, and a check of the key."""
    salt = secrets.token_hex(16)
    return {"salt": salt, "check": check(list_key(key, salt))}


def sealed_file(terms: Sequence[Term], key: bytes, where: str) -> bytes:
    """A sealed list: YAML that is JSON too, a term a line.

    Raises UsageError for a term that is too short to be sealed.
    """
    top = head(key)
    made = list_key(key, top["salt"])
    lines = [json.dumps(sealed(term, made, f"{where}, id {term.id}")) for term in terms]
    body = ",\n".join(lines)
    return f'{{"version": 1, "sealed": {json.dumps(top)}, "terms": [\n{body}\n]}}\n'.encode()


def digest(key: bytes, purpose: str, text: str) -> str:
    return hmac.digest(key, f"{purpose}\0{text}".encode(), "sha256")[:_SIZE].hex()


def sealed(term: Term, key: bytes, where: str) -> dict[str, Any]:
    """The entry of a term in a sealed list.  Raises UsageError for a form that is too short."""
    facts: dict[str, Any] = {"id": term.id, "normal": term.normal, "kind": term.kind}
    facts |= {"owner": term.owner, "severity": term.severity.value, "allowed": list(term.allowed)}
    if term.embargo_until is not None:
        facts["embargo_until"] = term.embargo_until.isoformat()
    if term.caseless is not None:
        facts["caseless"] = term.caseless
    forms = [_form(form, core(term.kind, form), key, where) for form in term.forms]
    return facts | {"sealed": forms}


def _form(form: str, fixed: str, key: bytes, where: str) -> list[str]:
    gram = _gram(Form(fixed).words)
    if not gram:
        what = (
            "a form of the term cannot be sealed: no word in it has three ASCII letters or digits"
        )
        raise UsageError(what, where, "give it a longer form, or keep it in a plain list")
    told = skeleton(folded(fixed))
    plain = form.encode()
    box = _masked(key, told, plain + bytes(-len(plain) % _BLOCK))  # its length tells little
    return [digest(key, "gram", gram), digest(key, "form", told), box.hex()]


def _gram(words: Sequence[str]) -> str:
    """The run to look for: the rarest by its letters, of the longest that there are."""
    for size, letters in ((4, string.ascii_lowercase), (3, string.ascii_lowercase + string.digits)):
        runs = [w[i : i + size] for w in words for i in range(len(w) - size + 1)]
        good = [run for run in runs if all(c in letters for c in run)]
        if good:
            return min(good, key=_commonness)
    return ""


_OFTEN = {c: n for n, c in enumerate("zqjxkvbpygfwmucldrhsnioate")}


def _commonness(run: str) -> tuple[int, str]:
    return sum(_OFTEN.get(c, 8) for c in run), run


def _masked(key: bytes, told: str, text: bytes) -> bytes:
    """The text under a stream that only the key and the skeleton together give."""
    seed = hmac.digest(key, f"box\0{told}".encode(), "sha256")
    stream = hashlib.shake_256(seed).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))


def grams(key: bytes, wanted: set[str]) -> dict[str, str]:
    """The runs by their hashes: half a million are tried."""
    found: dict[str, str] = {}
    for size, letters in ((3, string.ascii_lowercase + string.digits), (4, string.ascii_lowercase)):
        for run in map("".join, itertools.product(letters, repeat=size)):
            if len(found) == len(wanted):
                return found
            hashed = digest(key, "gram", run)
            if hashed in wanted:
                found[hashed] = run
    return found


def unsealed(
    view: View, gram: str, key: bytes, boxes: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """(hash, form) of the sealed forms that stand around a run in a text."""
    seen = set[str]()
    for start, end in _spans(view, gram):
        text = view.lower[start:end]
        for told in dict.fromkeys((skeleton(text), skeleton(_IN_URLS.sub(" ", text)))):
            if not told or told in seen:
                continue
            seen.add(told)
            hashed = digest(key, "form", told)
            if hashed in boxes:
                form = _masked(key, told, bytes.fromhex(boxes[hashed]))
                yield hashed, form.rstrip(b"\0").decode("utf-8", "replace")


def _spans(view: View, gram: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(f"(?={_expression(gram)})", view.lower):
        at, end = match.start(), match.start() + len(gram)
        lows = list(itertools.islice(_edges(view.shape, at, -1), _WIDEST))
        highs = list(itertools.islice(_edges(view.shape, end, 1), _WIDEST * 2))
        yield from ((low, high) for low in lows for high in highs if high - low <= _LONGEST)


@cache
def _expression(gram: str) -> str:
    return leet_expression(gram)


def _edges(text: str, at: int, step: int) -> Iterator[int]:
    """Places from here on at which a word may begin or end, plural's s left out as well."""
    last = max(0, at - _LONGEST) if step < 0 else min(len(text), at + _LONGEST)
    while True:
        if _edge(text, at):
            if step > 0 and text[at - 1] in "sS":
                yield from (at - n for n in (1, 2, 3) if text[at - n - 1 : at - n].isalnum())
            yield at
        if at == last:
            return
        at += step


def _edge(text: str, at: int) -> bool:
    if at in (0, len(text)):
        return True
    before, after = text[at - 1], text[at]
    if not (before.isalnum() and after.isalnum()):
        return before.isalnum() or after.isalnum()
    return (
        before.isalpha() != after.isalpha()
        or (after.isupper() and not before.isupper())
        or (after.isupper() and text[at + 1 : at + 2].islower())
    )
