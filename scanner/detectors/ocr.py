"""What stands in pictures of screens, read by OCR: rules that bear its mistakes.

O is read as 0, l as 1, S as 5, and spaces come into the middle of tokens.  So prefixes match by
classes of look-alikes, lengths have slack, and a checksum that holds lifts the confidence.  The
exact rules look at the same text, and win where they match; every finding of these is marked `ocr`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanner.detectors import Canary, Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.files.ocr import LABEL
from scanner.model import Confidence, Rule, Severity
from scanner.rulepacks.detector import check_options

_LOOKS = {
    "0": "OoQD@",
    "1": "Il|!i",
    "2": "Zz",
    "4": "A",
    "5": "Ss",
    "6": "Gb",
    "8": "B",
    "9": "gq",
}
_DIGIT = {look: digit for digit, looks in _LOOKS.items() for look in looks}
_AS_DIGITS = str.maketrans(_DIGIT)
_D = r"[0-9OoQD@Il!iZzSsGbBgq]"  # the edge of a table cell is no digit; 0 with a dot is @
_ALIKE = {
    **{c: f"{d}{s}" for d, s in _LOOKS.items() for c in f"{d}{s}"},
    **{"I": "I1Tl|!i", "v": "vy", "f": "ft", "p": "po", "g": "g9qa", "b": "b6GdD", "_": "_ .~"},
    "-": "-_~. \u2013",
}
_FOLD = str.maketrans({c: d for d, looks in _LOOKS.items() for c in looks})
_PRIORITY = -50  # exact rules go first
_WHOLE = 100  # but of a token that is read with spaces in it they see the beginning alone
_MOST = 0.15  # of a token's length that may be read too short, or too long

# Prefix, and how many characters follow it at least and at most, as the providers document; the
# rules of `rules/credentials` say where.
_TOKENS = {
    "ghp_": (36, 36), "gho_": (36, 36), "ghu_": (36, 36), "ghs_": (36, 36), "ghr_": (36, 76),
    "github_pat_": (60, 82), "glpat-": (20, 52), "AKIA": (16, 16), "ASIA": (16, 16),
    "sk_live_": (24, 99), "rk_live_": (24, 99), "sk_test_": (24, 99), "sk-proj-": (40, 160),
    "sk-ant-": (40, 108), "xoxb-": (37, 60), "xoxp-": (37, 80), "xoxa-": (37, 80),
    "AIza": (35, 35), "npm_": (36, 36), "pypi-": (40, 200), "hf_": (34, 37), "dop_v1_": (64, 64),
    "SG.": (40, 66), "eyJ": (40, 900), "ya29.": (40, 200), "shpat_": (32, 32), "dapi": (32, 34),
    "GOCSPX-": (28, 28), "hvs.": (24, 120), "lin_api_": (32, 40), "whsec_": (32, 64),
}  # fmt: skip
_BODY = r"A-Za-z0-9_.|!~)(}{\]\[/$\\®©°é£€§-"  # letters, and what they are read as

# Behind a space, what is no word either: the end of a token.
_MIXED = r"[A-Za-z]*(?:(?<=[A-Za-z])\d|\d+[A-Za-z]|[a-z][A-Z]{2}|[a-z][A-Z][a-z]*[A-Z])"
_REST = rf"(?: (?={_MIXED})(?![0-9a-f]{{25,}}\b)[A-Za-z0-9_-]{{5,99}}\b){{0,2}}"


def _rule(kind: str, name: str, category: str, severity: Severity) -> Rule:
    return Rule(
        f"ocr-{kind}",
        f"{name}, in a picture",
        category,
        severity,
        Confidence.MEDIUM,
        description="Read from a picture by OCR, with allowance for its mistakes.",
        remediation="Remove the picture, or cover the place, and treat the value as exposed.",
        tags=("CWE-532",),
        detector="ocr",
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """`check` gives the normal form and whether a checksum holds; None for what is none."""

    rule: Rule
    expression: str
    check: Callable[[str], tuple[str, bool] | None]


def _loose(prefix: str) -> str:
    """A prefix as OCR may read it: look-alikes, either case, and what it sees between letters."""
    between, lost = "[ 1IlL|T0]?", "?" if len(prefix) > 3 else ""
    return between.join(f"[{re.escape(_looks(c))}]" + lost * (c == "_") for c in prefix)


def _looks(char: str) -> str:
    cases = char + char.swapcase() if char.islower() else char
    return "".join(sorted({*"".join(_ALIKE.get(c, c) for c in cases), *cases}))


def _token(prefix: str, sizes: tuple[int, int]) -> str:
    least, most = int(sizes[0] * (1 - _MOST)) - 1, int(sizes[1] * (1 + _MOST)) + 1
    begin = f"{_EDGE}{_loose(prefix)}"
    if prefix[-1] in "_-":  # told without a space in front of it, which may be lost
        begin = f"(?:{begin}|(?<=[a-z=:|]){re.escape(prefix)})"
    return f"{begin}(?: ?[@{_BODY}]){{{least}}}[{_BODY}]{{0,{most - least}}}{_REST}"


def digits(text: str) -> str:
    """The digits that a text stands for; "" when too few of them are read as digits."""
    known = [c for c in text if c.isdigit() or c in _DIGIT]
    real = sum(c.isdigit() for c in known)
    return "".join(_DIGIT.get(c, c) for c in known) if real >= 0.7 * len(known) else ""


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    found = [int(c) for c in reversed(number)]
    return sum(found[0::2] + [d * 2 - 9 * (d > 4) for d in found[1::2]]) % 10 == 0


def _is_token(text: str) -> tuple[str, bool] | None:
    solid = text.replace(" ", "")
    body = solid[4:]
    varied = len(set(body)) >= len(body) / 4
    mixed = re.search(r"\d|[a-z][A-Z]", body) is not None or body.isupper()
    words = max(len(part) for part in re.split(r"[^a-z]", body)) > 12  # prose behind a prefix
    if not mixed or not varied or words or text.count(" ") > max(3, len(solid) // 6):
        return None
    return solid.lower().translate(_FOLD), False


def _is_card(text: str) -> tuple[str, bool] | None:
    number = digits(text)
    if not _CARDS.match(number) or len(set(number)) < 2:
        return None
    if luhn(number):
        return number, True
    return (number, False) if len(re.findall(rf"{_D}{{4,}}", text)) > 2 else None


def _is_ssn(text: str) -> tuple[str, bool] | None:
    number = digits(text)
    bad = number[:3] in ("000", "666", "") or number[0] == "9" or number[3:5] == "00"
    return None if len(number) != 9 or bad or number[5:] == "0000" else (number, False)


_CHANGE = re.compile(r"\+ ?\d+\.\d\d \(")  # of a price, with its percentage behind


def _is_phone(text: str) -> tuple[str, bool] | None:
    number = digits(text)
    fits = 8 <= len(number) <= 15 and len(set(number)) > 2 and not _CHANGE.match(text)
    return (number, False) if fits else None


def _is_ip(text: str) -> tuple[str, bool] | None:
    if not digits(text):
        return None
    parts = [part.translate(_AS_DIGITS) for part in re.split(r" ?[.,] ?", text)]
    try:
        address = ipaddress.IPv4Address(".".join(parts))
    except ValueError:
        return None
    plain = "." in text and not address.is_unspecified and any(len(part) > 1 for part in parts)
    return (str(address), False) if plain else None


_ENDS = frozenset(
    {"com", "org", "net", "edu", "gov", "mil", "io", "co", "ai", "dev", "app", "info", "biz",
     "example", "test", "local", "corp", "internal", "uk", "de", "fr", "nl", "es", "it", "pl",
     "se", "no", "fi", "dk", "ch", "at", "be", "ie", "us", "ca", "au", "nz", "jp", "cn", "in",
     "br", "mx", "za", "eu", "me", "tv", "c0m", "corn", "con"}
)  # fmt: skip


def _is_mail(text: str) -> tuple[str, bool] | None:
    solid = re.sub(r"\(?[@©®]", "@", re.sub("[.,]+", ".", text.replace(" ", "")))
    return (solid.lower(), False) if solid.rpartition(".")[2].lower() in _ENDS else None


def _is_key(text: str) -> tuple[str, bool] | None:
    return " ".join(text.strip("- ").split()), False


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_TIME = r"(?=[0-2]\d:[0-5]\d(?!\d))"  # of a message: the space in front of it may be lost
_EDGE, _STOP = r"(?<![A-Za-z0-9])", rf"(?:(?![A-Za-z0-9])|{_TIME})"
# Behind a word whose space was lost; two hexadecimal digits are none.
_GLUED = r"(?<=[g-zG-Z][a-zA-Z]|[a-zA-Z][g-zG-Z])(?=\d\d)"
_FIRST = f"(?:{_EDGE}|{_GLUED})"
_DASH = "[-~\u2013\u2014]"
_GAP = f"(?: ?{_DASH} ?| )"
_GROUPS = rf"{_D}{{4}}(?:{_GAP}?{_D}{{4}}){{3}}"  # a gap may be missed
_UNEVEN = rf"(?:{_D}{{4}}{_GAP}){{3}}(?:{_D}{{3}}|{_D}{{5}})"  # or a digit be seen twice, or not
_CARDS = re.compile(r"(?:3[0-9]|[456]|2[2-7])\d{11,18}$")  # ISO/IEC 7812-1: who issues what
_KINDS = {
    kind.rule.id: kind
    for kind in (
        _Kind(
            _rule("token", "Token of a known provider", "credential", _HIGH),
            "|".join(_token(p, n) for p, n in _TOKENS.items()),
            _is_token,
        ),
        _Kind(
            _rule("private-key", "Private key", "credential", Severity.CRITICAL),
            r"-[- ]*BEGIN [A-Z ]{0,24}PR[I1l]VATE KEY",
            _is_key,
        ),
        _Kind(
            _rule("card", "Payment card number", "pii", _HIGH),
            rf"{_FIRST}(?:(?<!\d{{4}}[ -])(?:{_GROUPS}(?![ -]\d{{4}}\b)|{_UNEVEN}{_STOP})"
            rf"|{_D}{{4}}{_GAP}{_D}{{6}}{_GAP}{_D}{{5}}|{_D}{{13,19}}){_STOP}",
            _is_card,
        ),
        _Kind(
            _rule("ssn", "US social security number", "pii", _HIGH),
            rf"{_FIRST}{_D}{{3}} ?{_DASH} ?{_D}{{2}} ?{_DASH} ?{_D}{{4}}{_STOP}",
            _is_ssn,
        ),
        _Kind(
            _rule("phone", "Phone number", "pii", _MEDIUM),
            rf"\+ ?{_D}(?:[ ().-]{{0,3}}{_D}){{7,13}}{_STOP}"
            rf"|(?<!\d[.-]){_FIRST}"
            rf"\(?{_D}{{3}}(?:\) ?| ?[-.] ?){_D}{{3}} ?[-.] ?{_D}{{4}}{_STOP}",
            _is_phone,
        ),
        _Kind(
            _rule("ip", "IP address", "pii", _LOW),
            rf"(?:(?<![\w.])|{_GLUED}){_D}{{1,3}}(?: ?[.,] ?{_D}{{1,3}}){{3}}"
            rf"(?:(?![\w.]?\w)|{_TIME})",
            _is_ip,
        ),
        _Kind(
            _rule("email", "E-mail address", "pii", _MEDIUM),
            r"[A-Za-z0-9_%+-]+(?: ?\. ?[A-Za-z0-9_%+-]+){0,4}[/(]? ?[@©®] ?"  # /@ is 7@
            r"[A-Za-z0-9-]+(?: ?[.,]{1,2} ?[A-Za-z0-9-]+){0,4} ?[.,]{1,2} ?[A-Za-z0]{2,8}\b",
            _is_mail,
        ),
    )
}


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """When the first picture is read: they take as long as many other modules together."""
    return re.compile(expression)


class _Ocr:
    def rules(self) -> Sequence[Rule]:
        return [kind.rule for kind in _KINDS.values()]

    def patterns(self) -> Sequence[Pattern]:
        label = LABEL.replace("\x00", r"^\x00")
        return [Pattern(key, label_anchors=(label,)) for key in _KINDS]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Matches of one kind in a text that was read from a picture; elsewhere none."""
        del hits
        if value.label != LABEL:
            return
        kind = _KINDS[key]
        for found in _compiled(kind.expression).finditer(value.text):
            checked = kind.check(found[0])
            if checked is None:
                yield Drop(key, "not of that form", found.start(), found.end())
                continue
            normal, proved = checked
            yield Match(
                kind.rule,
                found.start(),
                found.end(),
                found[0],
                family="card" if proved else key.replace("ocr-", "ocr "),
                normal=normal,
                confidence=Confidence.HIGH if proved else Confidence.MEDIUM,
                severity=kind.rule.severity,
                evidence=("ocr", "checksum") if proved else ("ocr",),
                priority=_WHOLE if key == "ocr-token" and " " in found[0] else _PRIORITY,
            )


class _Factory:
    canaries = {"ocr-card": Canary("<<card:4/16>>", LABEL)}  # noqa: RUF012

    def build(self, context: DetectorContext) -> Detector:
        """No options."""
        check_options(context.options, (), "ocr")
        return _Ocr()

    def depends_on(self, context: DetectorContext) -> Sequence[Path]:  # noqa: ARG002
        """No files."""
        return ()


plugin = _Factory()
