"""Check digits of documents, by name (see `scanner.rulepacks.proofs`)."""

from __future__ import annotations

import re

# ICAO 9303 parts 4 to 6: where a field begins and ends; the character after it is its check digit.
_LINES = (
    (r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{8,16}", ((0, 9), (13, 19), (21, 27))),
    (r"\d{7}[MFX<]\d{7}[A-Z<]{3}[A-Z0-9<]{11}\d", ((0, 6), (8, 14))),
    (r"[IAC][A-Z0-9<][A-Z<]{3}[A-Z0-9<]{9}\d[A-Z0-9<]{15}", ((5, 14),)),
)
_NAMES = re.compile(r"[PV][A-Z<].{20,}<<")


def mrz(text: str) -> str | None:
    """A line of the machine-readable zone: its check digits, or a name filled up to its end."""
    if _NAMES.fullmatch(text) and len(text) in (36, 44):
        return "names of a passport or visa"
    fields = next((fields for form, fields in _LINES if re.fullmatch(form, text)), ())
    fine = all(_check(text[low:high]) == text[high] for low, high in fields)
    return "check digits hold" if fields and fine else None


def _check(field: str) -> str:
    """ICAO 9303-3 section 4.9: weights 7, 3, 1; letters count from 10, the filler 0."""
    values = (0 if c == "<" else int(c, 36) for c in field)
    return str(sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10)


def br_titulo(text: str) -> str | None:
    """Eight digits, two of the state (01 to 28), two check digits modulo 11 (TSE)."""
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 12 or not 1 <= 10 * digits[8] + digits[9] <= 28:
        return None
    first = sum(d * w for d, w in zip(digits[:8], range(2, 10), strict=True)) % 11 % 10
    second = (digits[8] * 7 + digits[9] * 8 + first * 9) % 11 % 10
    return "check digits hold" if digits[10:] == [first, second] else None


PROOFS = {"mrz": mrz, "br-titulo": br_titulo}
