"""What makes a value worth a look by the name recogniser, for the multi-pattern pass.

Wide on purpose for sentences and narrow for titles: `Weekly Report - Word` has none of these.
A name that stands alone at the start of a sentence is seen when it is a common one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scanner.detectors import Pattern
from scanner.detectors._names_model import folder, well_known

_UP, _LOW = "[A-Z\u00c0-\u00de\u0100-\u017f]", "[a-z\u00df-\u00ff\u0101-\u017f]"
_CAP = rf"{_UP}(?:{_LOW}+|'|\x{{2019}})(?:{_UP}{_LOW}+)?"  # Ruiz, McCoy, O'Neill
_HOUSE = "[0-9]+(?:[/-][0-9]+)?[A-Za-z]?"
_SENTENCE = (
    # a word in lower case, then one with a capital: "met Ruiz", "with Ana Ruiz"
    rf"(?:^|[^\w]){_LOW}+,? {_UP}{_LOW}",
    # a house number between the two: "to 12 Elm Street"; or a street in lower case, or a box
    rf"{_LOW},? {_HOUSE},? {_UP}{_LOW}",
    r"\b[0-9]+[a-z]? [a-z]+ (?:[a-z]+ )?(?:street|st|road|rd|avenue|ave|lane|crescent|blvd)\b",
    r"\bP\.?O\.? [Bb]ox [0-9]",
    # who speaks, or is spoken to: "Ruiz said", "@ana Ruiz", "Ana Ruiz: the"
    rf"(?:^|[^\w]){_CAP} (?:said|says|told|asked|asks|wrote|writes|thinks|wants|added|replied"
    r"|agreed|agrees|explained|called|calls|joined|left|lives|died|scored|scores|played|plays)\b",
    r"(?:^|[\s.(\"'])@[A-Za-z_][0-9A-Za-z_]{2}",
    rf"{_CAP} {_CAP}(?:: [A-Z]| \(@|(?:'|\x{{2019}})s )",
    # two words with capitals and two without: "Ana Ruiz joined the"
    rf"{_CAP} {_CAP},? {_LOW}+ {_LOW}",
    "[\u0430-\u044f\u0451-\u045f\u03ac-\u03ce],? [\u0410-\u042f\u0401-\u040f\u0386-\u03ab]"
    "[\u0430-\u044f\u0451-\u045f\u03ac-\u03ce]",
)
_CUES = (
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Sra|Hr|Fr|Mme|Sig|Dott|dhr|mevr)\. ?[A-Z]",
    r"\b(?:Hi|Hey|Hello|Dear|Thanks|Regards|Cheers|Sincerely|Hallo|Hola|Ciao|Bonjour|Salut|Hej),? "
    rf"{_UP}",
    r"\b(?:From|To|Cc|Von|An|De|Para|Da|Name|Patient|Customer|Reporter|Assignee|Attendees|Present):"
    rf" ?[\"']?{_UP}",
    "(?:\u5148\u751f|\u5973\u58eb|\u3055\u3093|\u69d8|\ub2d8|\u53eb|\u79f0|\uc528|\u540d\u524d)",
    "(?:\u0627\u0633\u0645\u064a|\u0627\u0644\u0633\u064a\u062f|\u0645\u0631\u062d\u0628\u0627"
    "|\u05e9\u05de\u05d9|\u05e9\u05dc\u05d5\u05dd|\u0928\u093e\u092e|\u0936\u094d\u0930\u0940)",
)
LABELS = (
    r"(?:first|last|middle|full|given|family|maiden|sur|fore|display|customer|client|patient|employee"
    r"|contact|person|passenger|guest|tenant|recipient|sender|holder|beneficiary|student|teacher"
    r"|author|owner|manager|account|legal|real)[ _.-]?names?\b",
    r"\b(?:vor|nach|familien)name",
    r"\b(?:policy|card|account)[ _-]?holder\b",
    r"^name$",
    r"\b(?:given|family|nom|nome|nombre|naam|namn|navn)\b",
    r"\b(?:pr(?:e|é)nom|nom[ _-]de[ _-]famille|nombre[ _-]completo|apellidos?|cognome|sobrenome"
    r"|achternaam|voornaam|efternamn|f(?:o|ö)rnamn|nazwisko|imi(?:e|ę))\b",
)


def prose_patterns() -> list[Pattern]:
    """The patterns of texts that may hold a name."""
    names = tuple(rf"\b{name}\b" for name in sorted(well_known()))
    return [
        Pattern("prose", (*_SENTENCE, *_CUES), read=True),
        Pattern("first-name", names, caseless=True, ascii=True, read=True),
    ]


def files() -> Sequence[Path]:
    """The files that decide on the anchors."""
    return [folder() / "first_names.txt"]
