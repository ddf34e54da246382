"""Checksums of addresses of crypto currencies, by name (see `scanner.rulepacks.proofs`)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

Proof = Callable[[str], str | None]

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BITCOIN = (0x00, 0x05, 0x6F, 0xC4)  # first byte: addresses and scripts, of the test net as well
_OTHER_COINS = {0x30: "Litecoin", 0x32: "Litecoin", 0x1E: "Dogecoin", 0x4C: "Dash", 0x41: "Tron"}
_ZCASH = (b"\x1c\xb8", b"\x1c\xbd")
_MONERO = (18, 19, 42)  # network byte: standard, integrated, sub-address
_BLOCK, _WRITTEN = 8, 11  # bytes of a CryptoNote block, and characters that it is written with


def _payload(text: str, size: int, alphabet: str = BASE58) -> bytes:
    """The bytes under a double SHA-256 of four bytes; b"" where it does not hold."""
    number = 0
    for char in text:
        number = number * 58 + alphabet.index(char)
    raw = number.to_bytes(size + 4, "big") if number < 1 << 8 * (size + 4) else b""
    digest = hashlib.sha256(hashlib.sha256(raw[:size]).digest()).digest()
    return raw[:size] if raw and digest[:4] == raw[size:] else b""


def bitcoin(text: str) -> str | None:
    """A Bitcoin address whose last four bytes are the double SHA-256 of the rest."""
    payload = _payload(text, 21)
    return "checksum holds" if payload and payload[0] in _BITCOIN else None


def base58check_any(text: str) -> str | None:
    """An address of another coin with the checksum of Bitcoin's."""
    if payload := _payload(text, 21):
        coin = _OTHER_COINS.get(payload[0])
    else:
        coin = "Zcash" if _payload(text, 22)[:2] in _ZCASH else None
    return f"{coin}, checksum holds" if coin else None


def ripple(text: str) -> str | None:
    """An account of the XRP ledger: the checksum of Bitcoin's, in another alphabet."""
    payload = _payload(text, 21, _RIPPLE58)
    return "checksum holds" if payload and payload[0] == 0 else None


def bech32(text: str) -> str | None:
    """The checksum of BIP 173 or BIP 350."""
    head, _, data = text.lower().rpartition("1")
    values = [ord(c) >> 5 for c in head] + [0] + [ord(c) & 31 for c in head]
    values += [_BECH32.index(c) for c in data]
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATORS):
            check ^= generator if top >> i & 1 else 0
    return "checksum holds" if check in (1, 0x2BC830A3) else None


def eip55(text: str) -> str | None:
    """An Ethereum address whose capitals are those that EIP-55 asks for."""
    body = text.removeprefix("0x")
    mixed = any(c.islower() for c in body) and any(c.isupper() for c in body)
    return "checksum holds" if mixed and body == eip55_form(body.lower()) else None


def eip55_form(body: str) -> str:
    """40 small hexadecimal digits with the capitals of EIP-55."""
    digest = keccak256(body.encode()).hex()
    return "".join(c.upper() if int(d, 16) > 7 else c for c, d in zip(body, digest, strict=False))


def cryptonote(text: str) -> str | None:
    """A Monero address: its network byte and the first four bytes of the Keccak of the rest."""
    raw = b""
    for start in range(0, len(text), _WRITTEN):
        block = text[start : start + _WRITTEN]
        number, size = 0, {_WRITTEN: _BLOCK, 7: 5}.get(len(block), 0)
        for char in block:
            number = number * 58 + BASE58.index(char)
        if number >= 1 << 8 * size:
            return None
        raw += number.to_bytes(size, "big")
    fine = raw[0] in _MONERO and keccak256(raw[:-4])[:4] == raw[-4:]
    return "checksum holds" if fine else None


def cryptonote_form(body: bytes) -> str:
    """A Monero address of a network byte and two keys."""
    raw, text = body + keccak256(body)[:4], ""
    for start in range(0, len(raw), _BLOCK):
        block = raw[start : start + _BLOCK]
        number, out = int.from_bytes(block, "big"), ""
        for _ in range(_WRITTEN if len(block) == _BLOCK else 7):
            number, digit = divmod(number, 58)
            out = BASE58[digit] + out
        text += out
    return text


def keccak256(data: bytes) -> bytes:
    """Keccak with 256 bits as it was before SHA-3 was made of it (padding 0x01)."""
    rate = 136
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % rate)
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            at = start + 8 * i
            state[i] ^= int.from_bytes(padded[at : at + 8], "little")
        state = _permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


_MASK = (1 << 64) - 1


def _constants() -> tuple[list[int], list[tuple[int, int]]]:
    """Round constants, and the (lane, rotation) of each step of rho and pi (FIPS 202, 3.2)."""
    rounds, register = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << ((1 << j) - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        rounds.append(constant)
    x, y, steps = 1, 0, []
    for t in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        steps.append((x + 5 * y, (t + 1) * (t + 2) // 2 % 64))
    return rounds, steps


_ROUNDS, _STEPS = _constants()


def _rotated(lane: int, by: int) -> int:
    return (lane << by | lane >> 64 - by) & _MASK if by else lane


def _permuted(state: list[int]) -> list[int]:
    """Keccak-f[1600]."""
    for constant in _ROUNDS:
        columns = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]
                   for x in range(5)]  # fmt: skip
        mixes = [columns[x - 1] ^ _rotated(columns[(x + 1) % 5], 1) for x in range(5)]
        state = [lane ^ mixes[i % 5] for i, lane in enumerate(state)]
        moved = state[1]
        for lane, by in _STEPS:
            state[lane], moved = _rotated(moved, by), state[lane]
        state = [
            lane ^ (~state[i - i % 5 + (i + 1) % 5] & state[i - i % 5 + (i + 2) % 5])
            for i, lane in enumerate(state)
        ]
        state[0] ^= constant
    return state


PROOFS: dict[str, Proof] = {
    "bitcoin": bitcoin,
    "base58check-any": base58check_any,
    "bech32": bech32,
    "cryptonote": cryptonote,
    "eip55": eip55,
    "ripple": ripple,
}
