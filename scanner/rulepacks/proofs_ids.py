"""Check digits of personal numbers that python-stdnum does not know, by name.

Each takes the number as written and returns what it proved, or None (see `proofs`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

Proof = Callable[[str], str | None]

_HOLDS = "check digit holds"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _plain(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text).upper()


def _value(char: str) -> int:
    return int(char, 36)


def _weighted(text: str, weights: Sequence[int]) -> int:
    return sum(_value(c) * w for c, w in zip(text, weights, strict=False))


def luhn_sum(text: str) -> int:
    """The Luhn sum (ISO/IEC 7812-1 annex B) of digits, the last one not doubled."""
    doubled = (int(c) * (1 + i % 2) for i, c in enumerate(reversed(text)))
    return sum(v - 9 if v > 9 else v for v in doubled)


def _held(condition: bool) -> str | None:
    return _HOLDS if condition else None


def is_date(year: int, month: int, day: int) -> bool:
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _two_digit_date(text: str) -> bool:
    """yymmdd, in either century."""
    year, month, day = (int(text[i : i + 2]) for i in (0, 2, 4))
    return is_date(1900 + year, month, day) or is_date(2000 + year, month, day)


def luhn_number(text: str) -> str | None:
    """Digits with a Luhn check digit that are not all alike."""
    digits = _plain(text)
    return _held(digits.isdigit() and len(set(digits)) > 2 and luhn_sum(digits) % 10 == 0)


def us_npi(text: str) -> str | None:
    """Ten digits; Luhn with 80840 in front (45 CFR 162.406)."""
    return _held(luhn_sum("80840" + _plain(text)) % 10 == 0)


def us_dea(text: str) -> str | None:
    """The last digit is that of d1+d3+d5 + 2(d2+d4+d6) (DEA)."""
    digits = [int(c) for c in _plain(text)[2:]]
    return _held((sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6])


def uk_chi(text: str) -> str | None:
    """Date of birth and modulus 11, as of an NHS number (NHS Scotland)."""
    digits = _plain(text)
    check = -_weighted(digits[:9], range(10, 1, -1)) % 11
    dated = _two_digit_date(digits[4:6] + digits[2:4] + digits[:2])
    return _held(dated and check == int(digits[9]))


def mrz731(text: str) -> str | None:
    """Nine characters of a German document, letters and digits, and, where a tenth is
    written, its check digit (ICAO 9303-3, weights 7 3 1)."""
    plain = _plain(text)
    if not any(c.isdigit() for c in plain):
        return None
    if len(plain) == 9:
        return "form of a document number"
    return _held(_weighted(plain[:9], (7, 3, 1) * 3) % 10 == _value(plain[9]))


def de_rvnr(text: str) -> str | None:
    """Area, date, letter, serial, check digit (VKVV section 2)."""
    plain = _plain(text)
    digits = plain[:8] + f"{_LETTERS.index(plain[8]) + 1:02d}" + plain[9:11]
    products = (
        int(d) * w for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return _held(sum(p // 10 + p % 10 for p in products) % 10 == int(plain[11]))


def de_kvnr(text: str) -> str | None:
    """A letter, eight digits, check digit (SGB V section 290)."""
    plain = _plain(text)
    digits = f"{_LETTERS.index(plain[0]) + 1:02d}" + plain[1:9]
    products = (int(d) * (1 + i % 2) for i, d in enumerate(digits))
    return _held(sum(p // 10 + p % 10 for p in products) % 10 == int(plain[9]))


def es_nss(text: str) -> str | None:
    """The last two digits are the rest by 97 (Tesoreria General de la Seguridad Social)."""
    digits = _plain(text)
    head = digits[:2] + (digits[3:-2] if digits[2] == "0" and len(digits) == 12 else digits[2:-2])
    fits = {int(digits[:-2]) % 97, int(head) % 97}
    return _held(1 <= int(digits[:2]) <= 53 and int(digits[-2:]) in fits)


def pl_dowod(text: str) -> str | None:
    """Three letters and six digits, weights 7 3 1 9 7 3 1 7 3."""
    return _held(_weighted(_plain(text), (7, 3, 1, 9, 7, 3, 1, 7, 3)) % 10 == 0)


def pl_paszport(text: str) -> str | None:
    """Two letters and seven digits, the first a check digit, weights 7 3 9 1 7 3 1 7 3."""
    return _held(_weighted(_plain(text), (7, 3, 9, 1, 7, 3, 1, 7, 3)) % 10 == 0)


def ru_snils(text: str) -> str | None:
    """Nine digits and a sum of them with weights 9 to 1, modulo 101."""
    digits = _plain(text)
    total = _weighted(digits[:9], range(9, 0, -1)) % 101 % 100
    return _held(total == int(digits[9:]) and int(digits[:9]) > 1001998)


def kz_iin(text: str) -> str | None:
    """Date, century, serial, check digit with weights 1 to 11, else 3 to 11, 1, 2."""
    digits = _plain(text)
    check = _weighted(digits[:11], range(1, 12)) % 11
    if check == 10:
        check = _weighted(digits[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return _held(_two_digit_date(digits) and check == int(digits[11]))


def hk_hkid(text: str) -> str | None:
    """One or two letters, six digits, check character, modulus 11."""
    plain = _plain(text)
    body = plain[:-1].rjust(8)
    values = [36 if c == " " else _value(c) for c in body]
    total = sum(v * w for v, w in zip(values, range(9, 1, -1), strict=True)) + _value(plain[-1])
    return _held(total % 11 == 0)


def tw_id(text: str) -> str | None:
    """A letter for the place, nine digits, modulus 10."""
    plain = _plain(text)
    place = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(plain[0]) + 10
    total = place // 10 + place % 10 * 9 + _weighted(plain[1:9], range(8, 0, -1)) + int(plain[9])
    return _held(total % 10 == 0)


def kr_rrn(text: str) -> str | None:
    """A date of birth; numbers issued since October 2020 have no check digit."""
    digits = _plain(text)
    if not _two_digit_date(digits):
        return None
    check = (11 - _weighted(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return _HOLDS if check == int(digits[12]) else "date of birth"


def jp_licence(text: str) -> str | None:
    """Twelve digits, the eleventh a check digit, weights 5 4 3 2 7 6 5 4 3 2."""
    digits = _plain(text)
    check = 11 - _weighted(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return _held(check % 11 % 10 == int(digits[10]))


def sg_nric(text: str) -> str | None:
    """A prefix, seven digits, check letter (weights 2 7 6 5 4 3 2)."""
    plain = _plain(text)
    total = _weighted(plain[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(plain[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "XWUTRQPNJLK"}
    index = total % 11 if plain[0] != "M" else 10 - total % 11
    known = letters.get(plain[0], "XWUTRQPNMLK")
    return _held(known[index] == plain[8] or (plain[0] == "M" and "KLJNPQRTUWX"[index] == plain[8]))


def vn_cccd(text: str) -> str | None:
    """Twelve digits: province (001 to 096), century and sex, year of birth, serial."""
    return "province code" if 1 <= int(text[:3]) <= 96 else None


def au_medicare(text: str) -> str | None:
    """Eight digits with weights 1 3 7 9 and a check digit behind them."""
    digits = _plain(text)
    return _held(_weighted(digits[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(digits[8]))


def nz_nhi(text: str) -> str | None:
    """Three letters without I and O, digits; modulus 11, or 23 in the form of 2019 (HISO 10046)."""
    plain, letters = _plain(text), "ABCDEFGHJKLMNPQRSTUVWXYZ"
    values = [int(c) if c.isdigit() else letters.index(c) + 1 for c in plain]
    total = sum(v * w for v, w in zip(values[:6], range(7, 1, -1), strict=True))
    if plain[-1].isdigit():
        return _held(total % 11 != 0 and (11 - total % 11) % 10 == values[6])
    return _held(23 - total % 23 == values[6])


def ca_health(text: str) -> str | None:
    """Ten digits: Luhn (Ontario), modulus 11 (British Columbia); letters and digits (Quebec)."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 8:
        return "form of a Quebec number"
    weighted = _weighted(digits[1:9], (2, 4, 8, 5, 10, 9, 7, 3))
    return _held(luhn_sum(digits) % 10 == 0 or 11 - weighted % 11 == int(digits[9]))


def uy_ci(text: str) -> str | None:
    """Seven digits with weights 2 9 8 7 6 3 4 and a check digit."""
    digits = _plain(text).rjust(8, "0")
    return _held(-_weighted(digits[:7], (2, 9, 8, 7, 6, 3, 4)) % 10 == int(digits[7]))


def eg_id(text: str) -> str | None:
    """Century, date of birth, governorate (01 to 35, 88)."""
    place = int(text[7:9])
    return (
        "date and governorate"
        if _two_digit_date(text[1:7]) and (1 <= place <= 35 or place == 88)
        else None
    )


def ae_id(text: str) -> str | None:
    """784, year of birth, serial; Luhn where the issuer keeps to it."""
    digits = _plain(text)
    if not 1900 <= int(digits[3:7]) <= 2100:
        return None
    return _HOLDS if luhn_sum(digits) % 10 == 0 else "country code and year of birth"


def kw_id(text: str) -> str | None:
    """Century, date of birth, serial, check digit with weights 2 1 6 3 7 9 10 5 8 4 2."""
    check = 11 - _weighted(text[:11], (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return _held(_two_digit_date(text[1:7]) and check == int(text[11]))


def hu_szig(text: str) -> str | None:
    """Sex and century, date, serial, check digit (weights up for births before 1997, else down)."""
    digits = _plain(text)
    sums = (_weighted(digits[:10], range(1, 11)), _weighted(digits[:10], range(10, 0, -1)))
    return _held(_two_digit_date(digits[1:7]) and int(digits[10]) in {s % 11 for s in sums})


def hu_taj(text: str) -> str | None:
    """Eight digits with weights 3 7 and a check digit."""
    digits = _plain(text)
    return _held(_weighted(digits[:8], (3, 7) * 4) % 10 == int(digits[8]))


def hu_tax(text: str) -> str | None:
    """8, days since 1867, serial, check digit with weights 1 to 9."""
    digits = _plain(text)
    return _held(_weighted(digits[:9], range(1, 10)) % 11 == int(digits[9]))


def fr_rib(text: str) -> str | None:
    """Bank, branch, account and a key: 97 less the weighted sum by 97 (CFONB)."""
    letters = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
    digits = _plain(text).translate(letters)
    bank, branch, account, key = (
        int(digits[a:b]) for a, b in ((0, 5), (5, 10), (10, 21), (21, 23))
    )
    return _held(97 - (89 * bank + 15 * branch + 3 * account) % 97 == key)


def mx_clabe(text: str) -> str | None:
    """Eighteen digits of a Mexican account, weighted 3, 7, 1 (Banxico, Anexo B)."""
    number = _plain(text)
    total = sum(int(c) * w for c, w in zip(number[:17], (3, 7, 1) * 6, strict=False))
    return _held(len(number) == 18 and -total % 10 == int(number[17]))


def se_personnummer(text: str) -> str | None:
    """A Luhn digit behind a date, whose day is 60 more in a coordination number."""
    number = _plain(text)[-10:]
    year, month, day = (int(number[i : i + 2]) for i in (0, 2, 4))
    known = any(is_date(century + year, month, day % 60) for century in (1900, 2000))
    return _held(known and day != 60 and luhn_sum(number) % 10 == 0)


PROOFS: dict[str, Proof] = {
    "luhn-number": luhn_number,
    "us-npi": us_npi,
    "mx-clabe": mx_clabe,
    "se-personnummer": se_personnummer,
    "us-dea": us_dea,
    "uk-chi": uk_chi,
    "mrz731": mrz731,
    "de-rvnr": de_rvnr,
    "de-kvnr": de_kvnr,
    "es-nss": es_nss,
    "pl-dowod": pl_dowod,
    "pl-paszport": pl_paszport,
    "ru-snils": ru_snils,
    "kz-iin": kz_iin,
    "hk-hkid": hk_hkid,
    "tw-id": tw_id,
    "kr-rrn": kr_rrn,
    "jp-licence": jp_licence,
    "sg-nric": sg_nric,
    "vn-cccd": vn_cccd,
    "au-medicare": au_medicare,
    "nz-nhi": nz_nhi,
    "ca-health": ca_health,
    "uy-ci": uy_ci,
    "eg-id": eg_id,
    "ae-id": ae_id,
    "sa-id": luhn_number,
    "kw-id": kw_id,
    "hu-szig": hu_szig,
    "hu-taj": hu_taj,
    "hu-tax": hu_tax,
    "fr-rib": fr_rib,
}
