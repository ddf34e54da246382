"""Check digits and ranges of personal numbers, by name (see `scanner.rulepacks.proofs`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from ipaddress import IPv4Address, IPv6Address, ip_address

from scanner.rulepacks import (
    proofs_coins,
    proofs_documents,
    proofs_ids,
    proofs_phone,
    proofs_special,
)

Proof = Callable[[str], str | None]

# ISO/IEC 7812 issuer ranges: first and last leading digits, allowed lengths, scheme.
_CARDS = (
    ("34", "34", (15,), "American Express"),
    ("37", "37", (15,), "American Express"),
    ("4", "4", (13, 16, 19), "Visa"),
    ("51", "55", (16,), "Mastercard"),
    ("2221", "2720", (16,), "Mastercard"),
    ("6011", "6011", (16, 19), "Discover"),
    ("644", "659", (16, 19), "Discover"),
    ("3528", "3589", (16, 17, 18, 19), "JCB"),
    ("300", "305", (14, 16), "Diners Club"),
    ("36", "36", (14, 16), "Diners Club"),
    ("38", "39", (14, 16), "Diners Club"),
    ("62", "62", (16, 17, 18, 19), "UnionPay"),
    ("2200", "2204", (16, 17, 18, 19), "Mir"),
    ("5018", "5018", (16, 18, 19), "Maestro"),
    ("5019", "5019", (16,), "Dankort"),
    ("5060", "5067", (16, 18, 19), "Verve or Elo"),
    ("5085", "5099", (16,), "RuPay or Elo"),
    ("6062", "6062", (16, 19), "Hipercard"),
    ("6069", "6085", (16,), "RuPay"),
    ("637", "639", (16,), "InstaPayment"),
    ("5020", "5020", (16, 18, 19), "Maestro"),
    ("6304", "6304", (16, 18, 19), "Maestro"),
    ("6759", "6763", (16, 18, 19), "Maestro"),
)
# Length by country: SWIFT IBAN registry (ISO 13616).
_IBAN_LENGTHS = dict(
    pair.split(":")
    for pair in re.findall(
        r"[A-Z]{2}:\d\d",
        """AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22
    CY:28 CZ:24 DE:22 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18
    GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21
    LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28
    PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 ST:25 SV:28 TL:23 TN:24
    TR:26 UA:29 VA:22 VG:24 XK:20""",
    )
)


def _digits(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")


def luhn(text: str) -> bool:
    """The check digit of ISO/IEC 7812-1 annex B holds."""
    total = 0
    for place, digit in enumerate(reversed(_digits(text))):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card(text: str) -> str | None:
    """An issuer's leading digits, the length that goes with them, and the check digit."""
    digits = _digits(text)
    for low, high, lengths, scheme in _CARDS:
        if low <= digits[: len(low)] <= high and len(digits) in lengths:
            return f"{scheme}, check digit holds" if luhn(digits) else None
    return None


def iban(text: str) -> str | None:
    """Country, its length, and ISO 7064 MOD 97-10."""
    compact = "".join(c for c in text if c.isalnum()).upper()
    if _IBAN_LENGTHS.get(compact[:2]) != str(len(compact)):
        return None
    number = int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4]))
    return f"country {compact[:2]}, check digits hold" if number % 97 == 1 else None


def ssn(text: str) -> str | None:
    """Area, group and serial in the ranges that the SSA issues (no 000, 666, 9xx)."""
    digits = _digits(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area >= "900" or group == "00" or serial == "0000":
        return None
    return "issued range"


def nhs(text: str) -> str | None:
    """Ten digits with a modulus 11 check digit (NHS Data Dictionary)."""
    digits = [int(c) for c in _digits(text)]
    check = -sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return "check digit holds" if len(digits) == 10 and check == digits[9] else None


_CF_ODD = bytes.fromhex(
    "01 00 05 07 09 0d 0f 11 13 15 02 04 12 14 0b 03 06 08 0c 0e 10 0a 16 19 18 17"
)


def codice_fiscale(text: str) -> str | None:
    """Sixteen characters, the last a check letter (Ministry of Finance, 12 March 1974)."""
    values = [int(c) if c.isdigit() else ord(c) - 65 for c in text.upper()]
    if len(values) != 16:
        return None
    odd, even = sum(_CF_ODD[v] for v in values[0:15:2]), sum(values[1:15:2])
    return "check letter holds" if (odd + even) % 26 == values[15] else None


def steuer_id(text: str) -> str | None:
    """Eleven digits, ISO 7064 MOD 11,10; one digit of the first ten comes two or three times."""
    digits = _digits(text)
    counts = sorted(digits[:10].count(d) for d in set(digits[:10]))
    if len(digits) != 11 or digits[0] == "0" or counts[-1] not in (2, 3) or counts[-2:-1] == [3]:
        return None
    product = 10
    for digit in digits[:10]:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return "check digit holds" if (11 - product) % 10 == int(digits[10]) else None


def nino(text: str) -> str | None:
    """A prefix that HMRC issues (NIM39110): no D, F, I, Q, U, V; not BG, GB, NK, KN, TN, NT, ZZ."""
    prefix = text[:2].upper()
    bad = set(prefix) & set("DFIQUV") or prefix[1] == "O"
    return None if bad or prefix in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ") else "issued prefix"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def ip_public(text: str) -> str | None:
    """An address that the IANA registries route on the internet."""
    address = _address(text)
    if address is None or not address.is_global or address.is_multicast:
        return None
    if address.version == 6 and (int(address) >> 125) != 1:  # 2000::/3, RFC 4291 section 2.4
        return None
    return f"public IPv{address.version}"


def ipv6_full(text: str) -> str | None:
    """Eight groups, most of them of three or four digits, of an address that may be routed."""
    address = _address(text)
    long = sum(len(group) > 2 for group in text.split(":"))
    usual = address is not None and not address.is_link_local and not address.is_multicast
    return "eight groups" if usual and long >= 5 else None


def ipv6_private(text: str) -> str | None:
    """An address of RFC 4193, or of one link (RFC 4291), with a group that a number is not."""
    address = _address(text.partition("%")[0])
    if address is None or address.version != 6 or address.is_global:
        return None
    telling = "::" in text or any(len(group) > 2 for group in text.split(":")[1:])
    return "private IPv6" if telling else None


def ip_private(text: str) -> str | None:
    """An address of RFC 1918, RFC 6598 or RFC 4193."""
    address = _address(text)
    if address is None or address.is_global or address.is_loopback or address.is_link_local:
        return None
    private = ("10.", "192.168.", "172.", "100.", "fd", "fc")
    return f"private IPv{address.version}" if str(address).startswith(private) else None


def email(text: str) -> str | None:
    """Local part and domain within the limits of RFC 5321 section 4.5.3.1, labels well formed."""
    local, _, domain = text.rpartition("@")
    if len(local) > 64 or len(domain) > 255 or ".." in text or local[-1:] == ".":
        return None
    labels = domain.split(".")
    fine = all(0 < len(x) <= 63 and x[0] != "-" and x[-1] != "-" for x in labels)
    top = labels[-1].lower()
    return "well formed" if fine and len(labels) > 1 and _FILE_END.fullmatch(top) is None else None


def email_international(text: str) -> str | None:
    """As `email`, where local part or domain is of another script; a Latin address between
    words of a script without spaces is that of `email`."""
    local, _, domain = text.rpartition("@")
    latin = [all(ord(c) < 0x370 for c in part) for part in (local, domain)]
    mixed = any(
        any(ord(c) < 0x80 and c.isalpha() for c in p) and not p.isascii() for p in (local, domain)
    )
    return email(text) if not all(latin) and not mixed else None


# `icon@2x.png`, `module@1.2.js`: file names, not domains.
_FILE_END = re.compile(
    r"png|jpe?g|gif|svg|webp|ico|css|m?js|tsx?|jsx|json|html?|service|timer|socket|target|mount"
)


_ERAS = {"昭和": 1925, "平成": 1988, "令和": 2018, "大正": 1911}  # the year before the first


def date_of_birth(text: str) -> str | None:
    """A date with a year from 1900 on, in one of the usual orders; two digits are a year too."""
    written = re.sub(r"[T ]\d\d:\d\d.*", "", text)
    era = next((year for name, year in _ERAS.items() if name in written), 0)
    parts = [int(p) for p in re.findall(r"\d+", written)]
    if era and parts:
        parts[0] += era if len(parts) == 3 else 0
    if len(parts) == 1 and re.fullmatch(r"\d{8}", written):
        parts = [int(written[:4]), int(written[4:6]), int(written[6:])]
    if len(parts) == 2 and re.search(r"[^\W\d_]{3}", written):  # the month is a word
        return _dated(parts[1], 1, parts[0]) or _dated(parts[0], 1, parts[1])
    if len(parts) != 3:
        return None
    year, *others = parts if parts[0] > 31 or era else (parts[2], *parts[:2])
    return _dated(year, *sorted(others))


def _dated(year: int, month: int, day: int) -> str | None:
    year += 1900 if year < 100 else 0
    fine = 1900 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31
    return "a date" if fine else None


def mac(text: str) -> str | None:
    """Six octets of one device: not broadcast, not zero, not multicast (IEEE 802, bit 0)."""
    octets = bytes.fromhex(re.sub(r"[^0-9A-Fa-f]", "", text))
    written = re.search("[:A-Fa-f-]", text)  # a row of digits is a number of another kind
    return "a device address" if written and len(set(octets)) > 1 and not octets[0] & 1 else None


def location(text: str) -> str | None:
    """Latitude and longitude within their ranges, neither of them 0."""
    found = [float(n) for n in re.findall(r"-?\d{1,3}\.\d+", text)]
    if len(found) != 2 or 0.0 in found:
        return None
    first, second = sorted(map(abs, found))
    return "a place on earth" if first <= 90 and second <= 180 else None


_DEGREES = re.compile(r"(\d{1,3})\s?°\s?(\d{1,2}(?:[.,]\d+)?)")


def location_dms(text: str) -> str | None:
    """Degrees and minutes of a latitude, and of a longitude, within their ranges."""
    found = [(int(d), float(m.replace(",", "."))) for d, m in _DEGREES.findall(text)]
    fine = len(found) == 2 and all(m < 60 for _, m in found)
    return "a place on earth" if fine and found[0][0] <= 90 and found[1][0] <= 180 else None


def _by_stdnum(name: str) -> Proof:
    """The check digits, ranges and embedded dates that python-stdnum knows of a number."""

    def holds(text: str) -> str | None:
        module = import_module(f"stdnum.{name}")
        told = len({c for c in text if c.isalnum()}) > 1  # 111.111.111-11 passes; it is nobody's
        return "check digits and form hold" if told and module.is_valid(text) else None

    return holds


# Modules of python-stdnum that rules use; each is imported when its first candidate comes.
_STDNUM = """
    ar.cbu ar.cuit at.tin at.vnr au.abn au.acn au.tfn be.eid be.nn bg.egn br.cnpj br.cpf by.unp
    ca.sin ch.ssn cl.rut cn.ric co.nit cz.rc de.stnr dk.cpr do.cedula ec.ci ee.ik es.ccc es.dni
    es.nie eu.vat fi.hetu fr.nif fr.nir gb.upn gb.utr gr.amka gr.vat hr.oib id.nik id.npwp ie.pps
    il.idnr imei in_.aadhaar in_.epic it.iva is_.kennitala bic jp.in_ lt.asmens lv.pvn mx.curp
    mx.rfc my.nric nl.bsn nl.identiteitskaartnummer no.fodselsnummer nz.ird pe.cui pk.cnic pl.nip
    pl.pesel pt.cc pt.nif ro.cnp ru.inn si.emso th.pin tr.tckimlik ua.rntrc us.ein us.itin
    us.rtn ve.rif vn.mst za.idnr
""".split()  # noqa: SIM905 - read as words

PROOFS: dict[str, Proof] = {
    **{name: _by_stdnum(name) for name in _STDNUM},
    **proofs_ids.PROOFS,
    **proofs_documents.PROOFS,
    **proofs_phone.PROOFS,
    **proofs_coins.PROOFS,
    **proofs_special.PROOFS,
    "luhn": lambda text: "check digit holds" if luhn(text) else None,
    "card": card,
    "iban": iban,
    "ssn": ssn,
    "nhs": nhs,
    "steuer-id": steuer_id,
    "codice-fiscale": codice_fiscale,
    "nino": nino,
    "location": location,
    "location-dms": location_dms,
    "ip-public": ip_public,
    "ip-private": ip_private,
    "ipv6-private": ipv6_private,
    "ipv6-full": ipv6_full,
    "email": email,
    "email-international": email_international,
    "date-of-birth": date_of_birth,
    "mac": mac,
}
