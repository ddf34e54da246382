"""Proofs of keys, wallets and device secrets: checksums and structure, by name.

A proof takes the secret and returns what it proved, in words that hold nothing of the
secret, or None when the secret fails it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Callable

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# The constant that Cisco's reversible "type 7" passwords are mixed with; the same in every device.
_TYPE_7 = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
_WIF_VERSIONS = (0x80, 0xEF)  # Bitcoin's main and test networks
# Words of running English that the BIP-39 list leaves out.
_PROSE = frozenset(
    """the and for with from are was were has had have its his her our their your not but they
    them these those than into onto over would could should will been being which what how why
    who whom where because please make sure must keep never write down store stored words phrase
    recovery mnemonic seeds wallets here there used using some such each other more most very
    can may might does did""".split()  # noqa: SIM905 - read as words
) - {"over", "sure", "store", "phrase", "there", "can", "other", "more", "some", "never", "keep"}


def base58_bytes(text: str) -> bytes | None:
    """The bytes behind base-58 digits, leading zeros (`1`) kept; None for other characters."""
    number = 0
    for char in text:
        digit = _BASE58.find(char)
        if digit < 0:
            return None
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base58_sum(body: bytes) -> bytes:
    """The first four bytes of SHA-256 twice (Base58Check, Bitcoin)."""
    return hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4]


def base58check(secret: str) -> str | None:
    """Base-58 whose last four bytes are the checksum of those before."""
    raw = base58_bytes(secret)
    whole = raw is not None and len(raw) > 4 and base58_sum(raw[:-4]) == raw[-4:]
    return "checksum holds" if whole else None


def wif(secret: str) -> str | None:
    """A private key in wallet import format: version, 32 bytes, 01 when compressed, checksum."""
    raw = base58_bytes(secret)
    if raw is None or base58check(secret) is None or raw[0] not in _WIF_VERSIONS:
        return None
    plain = len(raw) == 37 or (len(raw) == 38 and raw[33] == 1)
    return "checksum of a private key holds" if plain else None


def crc16(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 0x1021, start 0, as Stellar and NATS keys end with."""
    return binascii.crc_hqx(data, 0)


def crc16_base32(secret: str) -> str | None:
    """Base-32 whose last two bytes are the CRC-16 of those before, low byte first."""
    try:
        raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    except (ValueError, binascii.Error):
        return None
    return "checksum holds" if crc16(raw[:-2]) == int.from_bytes(raw[-2:], "little") else None


def matrix_crc32(secret: str) -> str | None:
    """The last part is the CRC-32 of all before its underscore in base 62.

    Synapse writes the highest digit first, the Matrix Authentication Service (`mat_`, `mct_`)
    the lowest; both fill up with zeros on the left to six digits.
    """
    body, _, digits = secret.rpartition("_")
    made = matrix_sum(body)
    return "checksum holds" if digits == made else None


def matrix_sum(body: str) -> str:
    """The six digits that a Matrix token ends with after this body."""
    rest, digits = zlib.crc32(body.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits += _BASE62[digit]
    return (digits if body.startswith("m") else digits[::-1]).rjust(6, "0")


def cisco_type7(secret: str) -> str | None:
    """Two decimal digits (0 to 52) and hex that comes out as printable ASCII."""
    if not re.fullmatch(r"[0-5][0-9](?:[0-9A-Fa-f]{2}){1,64}", secret) or int(secret[:2]) > 52:
        return None
    start, body = int(secret[:2]), bytes.fromhex(secret[2:])
    plain = (b ^ _TYPE_7[(start + i) % len(_TYPE_7)] for i, b in enumerate(body))
    return "decodes to printable text" if all(32 <= b < 127 for b in plain) else None


def cisco_type7_of(text: str, start: int) -> str:
    """Printable text in the type 7 encoding, beginning at this place of the constant."""
    mixed = bytes(c ^ _TYPE_7[(start + i) % len(_TYPE_7)] for i, c in enumerate(text.encode()))
    return f"{start:02d}{mixed.hex().upper()}"


def bitlocker(secret: str) -> str | None:
    """Eight groups of six digits, each eleven times a number of 16 bits."""
    if not re.fullmatch(r"(?:[0-9]{6}-){7}[0-9]{6}", secret, re.ASCII):
        return None
    groups = [int(group) for group in secret.split("-")]
    holds = all(group % 11 == 0 and group < 11 << 16 for group in groups)
    return "check of all groups holds" if holds and any(groups) else None


def seed_phrase(secret: str) -> str | None:
    """12 to 24 words of 3 to 8 small letters, most of them once, none that only prose has."""
    words = re.findall(r"[a-z]+", secret)
    if len(words) not in (12, 15, 18, 21, 24) or any(not 3 <= len(w) <= 8 for w in words):
        return None
    distinct = len(set(words)) * 3 >= len(words) * 2
    return f"{len(words)} words" if distinct and not _PROSE.intersection(words) else None


def byte_array_64(secret: str) -> str | None:
    """A list of exactly 64 numbers from 0 to 255 that do not run in order."""
    numbers = [int(n) for n in re.findall(r"[0-9]{1,4}", secret)]
    if len(numbers) != 64 or max(numbers) > 255:
        return None
    return "64 bytes" if len(set(numbers)) > 32 and numbers != sorted(numbers) else None


def ed25519_pair(secret: str) -> str | None:
    """64 bytes, of which the last 32 are the public key that belongs to the first 32.

    Source: RFC 8032 section 5.1.5; Solana's files hold both halves as numbers.
    """
    if byte_array_64(secret) is None:
        return None
    raw = bytes(int(n) for n in re.findall(r"[0-9]{1,3}", secret))
    return "a pair of Ed25519 keys" if ed25519_public(raw[:32]) == raw[32:] else None


def ed25519_public(seed: bytes) -> bytes:
    """The 32 bytes of the public key that belongs to a seed of 32."""
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 0xF8
    digest[31] = digest[31] & 0x7F | 0x40
    x, y, z, _ = _times(int.from_bytes(digest, "little"))
    x, y = x * pow(z, -1, _P) % _P, y * pow(z, -1, _P) % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_P = 2**255 - 19
_D2 = -2 * 121665 * pow(121666, -1, _P) % _P
_Y = 4 * pow(5, -1, _P) % _P
_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Point = tuple[int, int, int, int]  # extended coordinates: x/z, y/z, with t = xy/z


def _times(factor: int) -> _Point:
    """So many times the base point of the curve."""
    total, power = (0, 1, 1, 0), (_X, _Y, 1, _X * _Y % _P)
    for bit in range(factor.bit_length()):
        total = _added(total, power) if factor >> bit & 1 else total
        power = _added(power, power)
    return total


def _added(one: _Point, other: _Point) -> _Point:
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = t1 * _D2 * t2, 2 * z1 * z2
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def der_key(secret: str) -> str | None:
    """Base-64 of one DER SEQUENCE that is as long as it says."""
    raw = _decoded(secret)
    if raw is None or len(raw) < 40 or raw[0] != 0x30:
        return None
    size, start = raw[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(raw[2:start], "big")
    return "a private key in DER" if start <= 6 and len(raw) == start + size else None


def base64_bytes_16(secret: str) -> str | None:
    """Base-64, its padding left out or not, of whole blocks of 16 bytes."""
    raw = _decoded(secret)
    return "whole cipher blocks" if raw and len(raw) % 16 == 0 else None


def base64_utf16(secret: str) -> str | None:
    """Base-64 of printable text in UTF-16, as Windows answer files hold passwords."""
    raw = _decoded(secret)
    if raw is None or len(raw) < 6 or len(raw) % 2:
        return None
    text = raw.decode("utf-16-le", "replace")
    return "encoded text" if text.isascii() and text.isprintable() else None


def json_object(secret: str) -> str | None:
    """A JSON object."""
    try:
        return "JSON" if isinstance(json.loads(secret), dict) else None
    except (ValueError, RecursionError):
        return None


def _decoded(text: str) -> bytes | None:
    joined = re.sub(r"\\+[nr]|\s", "", text).rstrip("=")
    try:
        return base64.b64decode(joined + "=" * (-len(joined) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


PROOFS: dict[str, Callable[[str], str | None]] = {
    "base58check": base58check,
    "wif": wif,
    "crc16-base32": crc16_base32,
    "matrix-crc32": matrix_crc32,
    "cisco-type7": cisco_type7,
    "bitlocker": bitlocker,
    "seed-phrase": seed_phrase,
    "byte-array-64": byte_array_64,
    "ed25519-pair": ed25519_pair,
    "der-key": der_key,
    "cipher-blocks": base64_bytes_16,
    "base64-utf16": base64_utf16,
    "json-object": json_object,
}
