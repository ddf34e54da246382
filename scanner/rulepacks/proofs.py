"""Proofs of a credential without a network: checksums and structure, by name.

A proof takes the secret and returns what it proved, in words that hold nothing of the
secret, or None when the secret fails it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable
from typing import Literal

from scanner.rulepacks import proofs_keys, proofs_pii

Proof = Callable[[str], str | None]

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ORDERS: tuple[Literal["big", "little"], ...] = ("big", "little")
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def crc_base62(body: str) -> str:
    """CRC-32 of the body as six base-62 digits.

    Source: "Behind GitHub's new authentication token formats" (github.blog, 2021); npm uses
    the same form.
    """
    rest, digits = zlib.crc32(body.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0")


def github_crc32(secret: str) -> str | None:
    """The last six of the characters after the prefix are the CRC-32 of those before."""
    body = secret.rpartition("_")[2]
    return "checksum holds" if crc_base62(body[:-6]) == body[-6:] else None


def crc32_hex(secret: str) -> str | None:
    """The last eight digits are the CRC-32 of all before, in either order of bytes.

    Source: Private Packagist, "Composer Authentication"; Grafana (satokengen/tokengen.go) has
    a `_` before the digits and the bytes the other way round.
    """
    body, last = secret[:-8], secret[-8:]
    sums = [zlib.crc32(part.encode()) for part in (body, body.removesuffix("_"))]
    known = [s.to_bytes(4, order).hex() for s in sums for order in _ORDERS]
    return "checksum holds" if last in known else None


def jwt(secret: str) -> str | None:
    """A header that names an algorithm and a payload, both JSON objects (RFC 7519)."""
    header, payload = (_json_part(p) for p in (*secret.split("."), "", "")[:2])
    if not isinstance(header, dict) or not isinstance(payload, dict):
        return None
    if not isinstance(header.get("alg"), str):
        return None
    known = {c for c in ("iss", "sub", "aud", "exp", "iat", "scope") if c in payload}
    return f"a JSON web token with claims {', '.join(sorted(known)) or 'of its own'}"


def _json_part(part: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None


def pem(secret: str) -> str | None:
    """The armoured body is DER (a SEQUENCE), or says in its head that it is encrypted."""
    body = pem_body(secret)
    try:
        raw = base64.b64decode(body[: len(body) // 4 * 4])
    except (ValueError, binascii.Error):
        return None
    if "ENCRYPTED" in secret[:200]:
        return "an encrypted private key"
    if raw.startswith(b"openssh-key-v1\x00"):
        return "an OpenSSH private key"
    whole = raw[:1] == b"\x30" and len(raw) > 16
    return "a private key in DER" if whole or "PGP" in secret[:40] else None


def pem_body(secret: str) -> str:
    """The base-64 characters of an armoured block, without armour, headers and line ends."""
    text = re.sub(r"-----[A-Z0-9 ]+-----", "", re.sub(r"\\+[nrt]|\\+u000[adAD]", "\n", secret))
    lines = [line.strip(" \t\"'+,") for line in text.splitlines() if ":" not in line]
    return re.sub(r"[^A-Za-z0-9+/=]", "", "".join(lines))


def aws_account(secret: str) -> str | None:
    """The account number that AWS puts into key ids made since 2019.

    Bits 1 to 40 of the base-32 characters after the four-letter prefix.
    """
    if len(secret) != 20 or any(c not in _BASE32 for c in secret[4:]):
        return None
    number = int.from_bytes(base64.b32decode(secret[4:])[:6], "big")
    account = (number & 0x7FFFFFFFFF80) >> 7
    return f"AWS account {account:012d}" if account < 10**12 else None


def base64_json(secret: str) -> str | None:
    """Base-64 of a JSON object."""
    return "base-64 of JSON" if isinstance(_json_part(secret), dict) else None


def basic_pair(secret: str) -> str | None:
    """Base-64 of `user:password` (RFC 7617)."""
    try:
        pair = base64.b64decode(secret + "=" * (-len(secret) % 4), validate=True).decode()
    except (ValueError, binascii.Error):
        return None
    user, colon, password = pair.partition(":")
    return "user and password" if colon and user.isprintable() and len(password) >= 3 else None


def azure_key(secret: str) -> str | None:
    """Base-64 of exactly 64 bytes, as storage account keys are."""
    try:
        return "64 bytes" if len(base64.b64decode(secret, validate=True)) == 64 else None
    except (ValueError, binascii.Error):
        return None


def mixed(secret: str) -> str | None:
    """Holds a digit and letters of both cases, as random base-64 of some length does."""
    tests = (str.isdigit, str.isupper, str.islower)
    return "mixed characters" if all(any(t(c) for c in secret) for t in tests) else None


def letters_and_digits(secret: str) -> str | None:
    """Holds letters as well as digits."""
    both = any(c.isdigit() for c in secret) and any(c.isalpha() for c in secret)
    return "letters and digits" if both else None


PROOFS: dict[str, Proof] = {
    "github-crc32": github_crc32,
    "npm-crc32": github_crc32,
    "crc32-hex": crc32_hex,
    "jwt": jwt,
    "pem": pem,
    "aws-account": aws_account,
    "base64-json": base64_json,
    "basic-pair": basic_pair,
    "azure-key": azure_key,
    "mixed": mixed,
    "letters-and-digits": letters_and_digits,
    **proofs_pii.PROOFS,
    **proofs_keys.PROOFS,
}

NORMALISERS: dict[str, Callable[[str], str]] = {
    "exact": lambda text: text,
    "lower": str.lower,
    "digits": lambda text: "".join(c for c in text if c.isdigit()),
    "alnum": lambda text: "".join(c for c in text if c.isalnum()).upper(),
    "pem": pem_body,
}
