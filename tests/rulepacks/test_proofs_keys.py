"""Proofs of keys and wallets against published test vectors, and against every wrong digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.rulepacks import proofs_keys
from scanner.rulepacks.examples import fill

# From "Wallet import format" of the Bitcoin wiki: the private key of its worked example.
WIF = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"


def test_wif_of_the_published_example_holds() -> None:
    assert proofs_keys.wif(WIF)


@given(place=st.integers(0, len(WIF) - 1), digit=st.sampled_from("23456789ABCDEFGH"))
def test_one_wrong_digit_breaks_the_checksum(place: int, digit: str) -> None:
    changed = WIF[:place] + digit + WIF[place + 1 :]
    assert (proofs_keys.wif(changed) is not None) == (changed == WIF)


@given(st.binary(min_size=1, max_size=80))
def test_base58_gives_back_the_bytes(body: bytes) -> None:
    made = fill(f"<<base58check:{body.hex()}/0>>", "seed").rjust(1)
    zeros = "1" * (len(body) - len(body.lstrip(b"\x00")))
    assert proofs_keys.base58_bytes(zeros + made) == body + proofs_keys.base58_sum(body)


@given(st.text(max_size=60))
def test_no_proof_raises_on_any_text(text: str) -> None:
    for proof in proofs_keys.PROOFS.values():
        proof(text)


@given(st.text("0123456789ABCDEF", max_size=60), st.lists(st.integers(0, 999), min_size=1))
def test_digit_proofs_never_raise(hexadecimal: str, numbers: list[int]) -> None:
    proofs_keys.cisco_type7(hexadecimal)
    proofs_keys.byte_array_64(",".join(map(str, numbers)))


def test_type_7_password_decodes() -> None:
    # "cisco" in the example of Cisco's own troubleshooting note on password encryption.
    assert proofs_keys.cisco_type7("0822455D0A16")
    assert proofs_keys.cisco_type7("0822455D0A17FFFF") is None
    assert proofs_keys.cisco_type7("9922455D0A16") is None


@pytest.mark.parametrize("kind", ["9500/32", "9000/32"])
def test_base32_crc_holds_and_breaks(kind: str) -> None:
    made = fill(f"<<base32crc:{kind}>>", "seed")
    assert proofs_keys.crc16_base32(made)
    swapped = made[:-1] + ("A" if made[-1] != "A" else "B")
    assert proofs_keys.crc16_base32(made[:10] + "77" + made[12:]) is None or made[10:12] == "77"
    assert proofs_keys.crc16_base32(swapped) is None or made[-1] in "AB"


def test_a_sentence_is_no_seed_phrase() -> None:
    text = "river paper stone cloud table chair bread horse green music light house"
    words = text.split()
    assert proofs_keys.seed_phrase(" ".join(words)) == "12 words"
    assert proofs_keys.seed_phrase(" ".join([*words[:11], "the"])) is None
    assert proofs_keys.seed_phrase(" ".join(words[:11])) is None
    assert proofs_keys.seed_phrase(" ".join(words[:6] * 2)) is None


def test_der_must_be_as_long_as_it_says() -> None:
    made = fill("<<der:020100/300>>", "seed")
    assert proofs_keys.der_key(made)
    assert proofs_keys.der_key(made[:-8]) is None
