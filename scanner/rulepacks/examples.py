"""Fills the placeholders of rule examples: `<<alnum:36>>` becomes 36 letters and digits.

What comes out depends on the seed (the rule's id) and the place alone, so that a rule's
test is the same everywhere and no text that looks like a live token is ever committed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string
from collections.abc import Callable, Iterator

from scanner.errors import UsageError
from scanner.rulepacks import proofs, proofs_coins, proofs_keys, proofs_pii

_PLACEHOLDER = re.compile(r"<<([a-z0-9-]+)(?::([^<>]*))?>>")
_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "letters": string.ascii_letters,
    "lowernum": string.ascii_lowercase + string.digits,
    "uppernum": string.ascii_uppercase + string.digits,
    "hex": "0123456789abcdef",
    "hexupper": "0123456789ABCDEF",
    "base64": string.ascii_letters + string.digits + "+/",
    "base64url": string.ascii_letters + string.digits + "-_",
    "base32": string.ascii_uppercase + "234567",
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "bech32": "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
    "bech32upper": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "digits": string.digits,
}


class Picker:
    """An endless stream of choices that follows from a seed alone."""

    def __init__(self, seed: str) -> None:
        self._bytes = _stream(seed)

    def text(self, alphabet: str, size: int) -> str:
        """`size` characters; no two neighbours are equal, so that none looks like a filler."""
        out = ""
        while len(out) < size:
            char = alphabet[next(self._bytes) % len(alphabet)]
            out += char if not out.endswith(char) else ""
        return out

    def raw(self, size: int) -> bytes:
        return bytes(next(self._bytes) for _ in range(size))


def _stream(seed: str) -> Iterator[int]:
    block = seed.encode()
    while True:
        block = hashlib.sha256(block).digest()
        yield from block


def fill(text: str, seed: str) -> str:
    """The text with every placeholder replaced.  Raises UsageError on an unknown kind."""
    picker = Picker(f"{seed}\0{text}")
    return _PLACEHOLDER.sub(lambda m: _value(m[1], m[2] or "", picker), text)


def _value(kind: str, argument: str, picker: Picker) -> str:
    if kind in _ALPHABETS:
        return picker.text(_ALPHABETS[kind], _size(kind, argument))
    if kind not in _MAKERS:
        known = ", ".join(sorted([*_ALPHABETS, *_MAKERS]))
        hint = f"use one of: {known}"
        raise UsageError(f"an example uses the unknown placeholder <<{kind}>>", hint=hint)
    return _MAKERS[kind](argument, picker)


def _size(kind: str, argument: str) -> int:
    if not argument.isdigit():
        raise UsageError(f"the placeholder <<{kind}>> needs a length", hint=f"<<{kind}:20>>")
    return int(argument)


def _github(prefix: str, picker: Picker) -> str:
    body = picker.text(_ALPHABETS["alnum"], 30)
    return prefix + body + proofs.crc_base62(body)


def _jwt(_: str, picker: Picker) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": picker.text("0123456789", 8), "iat": 1})
    joined = ".".join(_b64url(json.dumps(part).encode()) for part in parts)
    return f"{joined}.{_b64url(picker.raw(32))}"


def _pem(kind: str, picker: Picker) -> str:
    body = base64.b64encode(b"\x30\x82\x04\xa4" + picker.raw(600)).decode()
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


def _card(argument: str, picker: Picker) -> str:
    """`<<card:4/16>>`: leading digits and length."""
    start, _, size = argument.partition("/")
    body = start + picker.text("0123456789", int(size) - len(start) - 1)
    return next(body + d for d in string.digits if proofs_pii.luhn(body + d))


def _iban(country: str, picker: Picker) -> str:
    size = {"DE": 18, "FR": 23, "GB": 18, "NL": 14}[country]
    body = ("ABNA" if country in ("GB", "NL") else "") + picker.text("0123456789", size)
    body = body[:size]
    number = int("".join(str(int(c, 36)) for c in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02d}{body}"


def _passing(proof: str, alphabet: str, head: str, size: int) -> Callable[[str, Picker], str]:
    """A maker that draws until the proof holds."""

    def make(_: str, picker: Picker) -> str:
        while True:
            text = head + picker.text(alphabet, size - len(head))
            if proofs.PROOFS[proof](text):
                return text

    return make


_MASK = {
    "#": string.digits,
    "@": string.ascii_uppercase,
    "?": string.digits + "ABCDEFGHJKLMNPRSTUVWXYZ",
}


def _valid(argument: str, picker: Picker) -> str:
    """`<<valid:nl.bsn/1########>>`: a proof and a mask (# a digit, @ a letter, ? either)."""
    proof, _, mask = argument.partition("/")
    if proof not in proofs.PROOFS:
        raise UsageError(f"<<valid:...>> names the unknown proof {proof}", hint="see `proofs`")
    for _ in range(20_000):
        text = "".join(picker.text(_MASK[c], 1) if c in _MASK else c for c in mask)
        if proofs.PROOFS[proof](text):
            return text
    raise UsageError(f"no number of the form {mask} passes {proof}", hint="change the mask")


def _bitcoin(_: str, picker: Picker) -> str:
    return "1" + _base58check(b"\x00" + picker.raw(20))


def _ethereum(_: str, picker: Picker) -> str:
    return "0x" + proofs_coins.eip55_form(picker.raw(20).hex())


def _monero(_: str, picker: Picker) -> str:
    return proofs_coins.cryptonote_form(b"\x12" + picker.raw(64))


def _base58check(body: bytes) -> str:
    number, text = int.from_bytes(body + proofs_keys.base58_sum(body), "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABETS["base58"][digit] + text
    return text


def _base58(argument: str, picker: Picker) -> str:
    """`<<base58check:80/32/01>>`: leading bytes, number of random ones, bytes after them."""
    head, size, *tail = argument.split("/")
    return _base58check(bytes.fromhex(head) + picker.raw(int(size)) + bytes.fromhex("".join(tail)))


def _base32crc(argument: str, picker: Picker) -> str:
    """`<<base32crc:90/32>>`: leading bytes and number of random ones, before a CRC-16."""
    head, size = argument.split("/")
    body = bytes.fromhex(head) + picker.raw(int(size))
    whole = body + proofs_keys.crc16(body).to_bytes(2, "little")
    return base64.b32encode(whole).decode().rstrip("=")


def _matrix(prefix: str, picker: Picker) -> str:
    letters = _ALPHABETS["letters"]
    synapse = f"{_b64url(b'robot')}_{picker.text(letters, 20)}"
    body = f"{prefix}_" + (synapse if prefix.startswith("s") else picker.text(letters, 30))
    return f"{body}_{proofs_keys.matrix_sum(body)}"


def _der(argument: str, picker: Picker) -> str:
    """`<<der:020100/300>>`: base-64 of a SEQUENCE that starts so, and its number of bytes."""
    head, size = argument.split("/")
    body = (bytes.fromhex(head) + picker.raw(int(size)))[: int(size)]
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return base64.b64encode(b"\x30" + length + body).decode()


def _bitlocker(_: str, picker: Picker) -> str:
    return "-".join(f"{11 * int.from_bytes(picker.raw(2), 'big'):06d}" for _ in range(8))


def _cisco(text: str, _: Picker) -> str:
    return proofs_keys.cisco_type7_of(text, 8)


_WORDS = tuple(
    """river paper stone cloud table chair bread horse green music light house apple guitar winter
    silver yellow doctor orange window finger market garden bridge""".split()  # noqa: SIM905
)


def _words(argument: str, picker: Picker) -> str:
    """`<<words:12>>`, `<<words:12/, >>`: so many words, none twice, and what stands between."""
    size, _, between = argument.partition("/")
    order = sorted(_WORDS, key=lambda _: picker.raw(4))
    return (between or " ").join(order[: int(size)])


def _utf16(text: str, _: Picker) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def _bytes(argument: str, picker: Picker) -> str:
    """`<<bytes:64>>`: that many numbers from 0 to 255 between commas."""
    return ",".join(str(byte) for byte in picker.raw(int(argument)))


def _ed25519(_: str, picker: Picker) -> str:
    """`<<ed25519:>>`: the 64 bytes of a pair of keys as numbers between commas."""
    seed = picker.raw(32)
    return ",".join(map(str, seed + proofs_keys.ed25519_public(seed)))


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _uuid(_: str, picker: Picker) -> str:
    return "-".join(picker.text(_ALPHABETS["hex"], n) for n in (8, 4, 4, 4, 12))


_MAKERS: dict[str, Callable[[str, Picker], str]] = {
    "github": _github,
    "jwt": _jwt,
    "pem": _pem,
    "card": _card,
    "iban": _iban,
    "uuid": _uuid,
    "valid": _valid,
    "bitcoin": _bitcoin,
    "ethereum": _ethereum,
    "monero": _monero,
    "base58check": _base58,
    "base32crc": _base32crc,
    "matrix": _matrix,
    "der": _der,
    "bytes": _bytes,
    "ed25519": _ed25519,
    "utf16": _utf16,
    "bitlocker": _bitlocker,
    "cisco7": _cisco,
    "words": _words,
    "nhs": _passing("nhs", string.digits, "4", 10),
    "steuer-id": _passing("steuer-id", string.digits, "4", 11),
    "b64": lambda text, _: base64.b64encode(text.encode()).decode(),
    "key64": lambda _, picker: base64.b64encode(picker.raw(64)).decode(),
    "repeat": lambda text, _: text[0] * int(text[1:]),
}
