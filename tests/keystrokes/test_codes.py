"""Numbers of keys: whose they are."""

from __future__ import annotations

from collections import Counter

import pytest

from scanner.keystrokes import codes
from scanner.keystrokes.keys import Kind

TEXT = "please find the report attached and call me back on monday best regards"
SYSTEMS = ["vk", "scan", "x11", "mac", "hid", "keysym", "android"]


def written(system: str, text: str) -> list[int]:
    table = codes.table(system)
    by_char = {key.char: code for code, key in reversed(table.items()) if key.kind is Kind.CHAR}
    return [by_char[char] for char in text]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_system_is_told_by_its_codes(system):
    assert codes.likeliest(Counter(written(system, TEXT)))[0] == system


def test_where_few_codes_leave_it_open_two_are_tried():
    found = codes.likeliest(Counter(written("scan", "4111111111111111")))
    assert len(found) == 2
    assert "scan" in found


def test_a_number_that_never_changes_is_no_key():
    assert codes.likeliest({200: 30}) == ()


@pytest.mark.parametrize(
    ("value", "number"), [(30, 30), ("30", 30), ("0x1E", 30), ("a", None), (True, None), ("", None)]
)
def test_numbers_as_logs_write_them(value, number):
    assert codes.number(value) == number
