"""Runs of letters that are not all ASCII: each is asked about once, and found wherever it is."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors._term_fold import View
from scanner.regexes.runs import Runs

LETTERS = "aжéß1_ \n-漢\u200b\u0301"


def naive(text: str, wanted: str) -> set[int]:
    """Byte offsets where runs end that hold `wanted` and a character that is not ASCII."""
    ends, at = set(), 0
    for run in "".join(c if c.isalnum() or not c.isascii() else " " for c in text).split(" "):
        at += len(run.encode())
        if wanted in run and not run.isascii():
            ends.add(at)
        at += 1
    return ends


@given(text=st.text(LETTERS, max_size=30), wanted=st.sampled_from(["é", "aж", "ß1"]))
def test_every_run_is_asked_about_and_found(text: str, wanted: str) -> None:
    runs = Runs({7: lambda run: wanted in run})
    for _ in range(2):  # the second time from memory
        assert set(runs.hits(text.encode())) == {(7, end) for end in naive(text, wanted)}


def test_each_run_is_asked_about_once() -> None:
    asked = list[str]()
    runs = Runs({0: lambda run: bool(asked.append(run))})
    text = "für dich, für mich: naïve plain words 漢字\n" * 50
    assert not list(runs.hits(text.encode()))
    assert sorted(asked) == ["für", "naïve"]


def test_whatever_reads_as_a_plain_letter_makes_a_run() -> None:
    """But for what is compatible with a letter in Unicode: decoders give that as it reads."""
    runs, missed = Runs({0: lambda run: True}), []
    for code in range(0x80, 0x10000):
        char = chr(code)
        if unicodedata.category(char)[0] not in "LM" or unicodedata.decomposition(char)[:1] == "<":
            continue
        reads = View(f"a{char}a").lower
        if reads.isascii() and not list(runs.hits(f"a{char}a".encode())):
            missed.append(char)
    assert not missed


def test_nobody_who_asks_costs_nothing() -> None:
    assert not list(Runs({}).hits("für".encode()))
