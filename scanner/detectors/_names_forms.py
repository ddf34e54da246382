"""Names where something says so: fields, lines of forms, greetings and signatures.

No recogniser is asked: the words are looked up.  `Patient: Ana Ruiz` is found in any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.detectors._names_model import COMMON, FIRST, LAST, PLACE, well_known, words
from scanner.detectors._names_prose import cues, denied
from scanner.detectors._names_tiers import UNCASED, is_word, trimmed

# Fields that hold a part of a name and nothing else, in several languages.
_SURE = re.compile(
    r"(?:first|last|middle|full|given|maiden|sur|fore|legal|real)[ _.-]?names?"
    r"|(?:vor|nach|familien)name|pr(?:e|é)nom|nom_de_famille|nombre_completo|apellidos?|cognome"
    r"|sobrenome|achternaam|voornaam|efternamn|f(?:o|ö)rnamn|nazwisko|imi(?:e|ę)",
    re.IGNORECASE,
)
_LEADS = (
    "[Pp]atient(?:in|e)?|[Nn]ame|[Cc]ustomer|[Cc]lient|[Ee]mployee|[Cc]ontact|[Aa]ttending"
    "|[Pp]hysician|[Gg]uest|[Pp]assenger|[Aa]pplicant|[Ii]nsured|[Bb]ill(?:ed)? to|[Ss]hip to"
    "|[Ss]old to|[Aa]ttn|FAO|[Aa]ttention|[Ss]igned(?: by)?|[Ww]itness|[Tt]enant|[Ss]tudent"
    "|[Pp]arent|[Gg]uardian|[Mm]anager|[Ss]upervisor|[Rr]eporter|[Aa]ssignee|[Rr]ecipient"
    "|[Bb]eneficiary|[Aa]ccount holder|[Cc]ardholder|[Nn]ext of kin|[Nn]achname|[Vv]orname|[Kk]unde"
    "|[Mm]itarbeiter(?:in)?|[Aa]nsprechpartner(?:in)?|[Nn]om|[Pp]rénom|[Nn]ombre|[Aa]pellidos?"
    "|[Cc]liente|[Pp]aciente|[Nn]ome|[Cc]ognome|[Pp]aziente|[Nn]aam|[Kk]lant|[Ii]mię|[Nn]azwisko"
    "|[Kk]lient|[Pp]acjent(?:ka)?|[Nn]amn|[Kk]und|[Nn]avn|[Ll]ieferadresse|[Rr]echnungsadresse"
)
_SIGNED = (
    "[Rr]egards|[Ss]incerely|[Cc]heers|[Gg]rüße|[Gg]rüßen|[Gg]ruß|[Cc]ordialement|[Bb]ien à vous"
    "|[Ss]aludos|[Aa]tentamente|[Uu]n saludo|[Ss]aluti|[Aa]braços|[Oo]brigad[oa]|[Aa]tenciosamente"
    "|[Gg]roeten|[Gg]roet|[Pp]ozdrawiam|[Hh]älsningar|[Hh]ilsen|[Tt]erveisin|[Dd]ear|[Hh]ello"
    "|[Hh]allo|[Ll]iebe[rs]?|[Bb]onjour|[Cc]h(?:er|ère)|[Hh]ola|[Ee]stimad[oa]|[Cc]iao|[Gg]entile"
    "|[Oo]lá|[Bb]este|[Cc]ześć|[Hh]ej|[Kk]ära|[Hh]ei"
)
_TITLE = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sr|Sra|Herr|Frau|M|Mme|Mlle|Sig|Sig\.ra|Dott|Pan|Pani)\.? )?"
)
_UP, _LOW = "A-ZÀ-ÖØ-ÞĀ-Ž", "a-zß-öø-ÿā-ž"
_NAME = (
    rf"(?:[{_UP}][{_LOW}'\u2019]+(?:-[{_UP}][{_LOW}]+)?|[{_UP}]\.?)"
    rf"(?:[ ](?:(?:de|del|della|di|da|dos|du|la|le|van|von|den|der|zu|el|al|bin) ){{0,2}}"
    rf"[{_UP}](?:['\u2019]?[{_LOW}{_UP}]+(?:-[{_UP}][{_LOW}]+)?|\.)){{0,3}}"
)
_FORM = re.compile(
    rf"(?<![{_UP}{_LOW}\d_])(?:(?P<lead>{_LEADS})[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?"
    rf"|FAO |[Cc]/[Oo] |(?:{_SIGNED})(?:[,!:]\s{{1,4}}|\s))"
    rf"{_TITLE}(?P<name>{_NAME})(?![{_UP}{_LOW}\d_(])"
)
_TAG = re.compile(rf"(?<![\w#/&])#(?P<name>[{_UP}][{_LOW}]+[{_UP}](?:c[{_UP}])?[{_LOW}]+)(?!\w)")
_HUMP = re.compile(rf"(?<=[{_LOW}])(?=[{_UP}])")
# What stands in every match: the words above and the beginning of a name.
_START = r"(?:[A-Z]|[\x{c0}-\x{17f}])"
FORMS = (
    rf"(?:{_LEADS})[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?{_START}",
    rf"(?:FAO|[Cc]/[Oo]) {_START}",
    rf"(?:{_SIGNED})(?:[,!:]\s{{1,4}}|\s){_START}",
    r"#[A-Z][a-z]+[A-Z]",
)


def in_forms(text: str) -> Iterator[tuple[int, int]]:
    """Where names are that a form, a greeting or a signature introduces; and `#AnaRuiz`."""
    for found in _FORM.finditer(text):
        plain = [token.strip(".").lower() for token in found["name"].split()]
        if _first_of_person(plain, bool(found["lead"])):
            yield found.span("name")
    for tag in _TAG.finditer(text):
        plain = _HUMP.sub(" ", tag["name"], count=1).lower().split()
        last = words().get(plain[1], 0)
        if _first_of_person(plain, False) and (last & LAST or not last & (COMMON | PLACE)):
            yield tag.span("name")


def _first_of_person(plain: list[str], form: bool) -> bool:
    """A first name that is no ordinary word; in a form also before a listed last name."""
    classes = [words().get(word, 0) for word in plain]
    if set(plain) & denied() or any(one & COMMON and not one & (FIRST | LAST) for one in classes):
        return False
    first = classes[0] & FIRST and not classes[0] & COMMON
    if (first or plain[0] in well_known()) and not classes[0] & PLACE:
        return True
    last = classes[-1] & LAST and not classes[0] & COMMON
    return form and len(plain) > 1 and bool(first or last)


def field_name(text: str, label: str = "") -> tuple[int, int] | None:
    """Where the name is in a field that should hold nothing but one; None when it does not.

    In fields for a part of a name any word counts that is no ordinary one, elsewhere a listed.
    """
    start, end = trimmed(text, 0, len(text))
    tokens = text[start:end].split()
    plain = [token.strip(".,").lower() for token in tokens]
    if not 0 < len(tokens) < 6 or not all(map(is_word, tokens)) or set(plain) & denied():
        return None
    if label.lower() == "name" and (len(plain) < 2 or not _first_of_person(plain, True)):
        return None  # things have names as well
    listed = any(words().get(word, 0) & (FIRST | LAST) for word in plain)
    written = all(map(_capital, tokens)) or (listed and _SURE.search(label))
    return (start, end) if written and (listed or _part_of_name(label, plain)) else None


def _capital(token: str) -> bool:
    return token[0].isupper() or token[0] >= UNCASED or token in cues()["particle"]


def _part_of_name(label: str, plain: list[str]) -> bool:
    """True for what is no ordinary word, in a field for such."""
    ordinary = any(words().get(word, 0) & COMMON or len(word) < 2 for word in plain)
    return _SURE.search(label) is not None and not ordinary
