"""Secrets that a simulated typist types: what comes back, and what is left after removal."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import pytest
from abroad import Abroad
from keyed import finds, rows_named, texts_of
from typist import Typist

from scanner.model import Part

ALNUM = string.ascii_letters + string.digits


def secrets(count: int) -> list[str]:
    """Of five kinds: a cloud key id, two tokens, a password, a card number."""
    dice, made = random.Random(11), []
    for i in range(count):
        kinds = (
            ("AKIA", string.ascii_uppercase + "234567", 16, ""),
            ("ghp_", ALNUM, 36, ""),
            ("xoxb-", string.digits, 11, "-" + "".join(dice.choices(ALNUM, k=24))),
            ("Tr0ub4dor&", ALNUM + "!@#$%^&*", 6, ""),
            ("4", string.digits, 15, ""),
        )
        head, chars, size, tail = kinds[i % 5]
        made.append(head + "".join(dice.choices(chars, k=size)) + tail)
    return made


def sessions(path: Path, wanted: list[str], made: type[Typist] = Typist, **how) -> Path:
    """One session for each secret, in one file."""
    with path.open("w") as out:
        for i, secret in enumerate(wanted):
            typist = made(seed=i, start=1_790_000_000.0 + 1000 * i, **how)
            typist.text(f"the key is {secret} ok thanks")
            for row in typist.log():
                out.write(json.dumps({**row, "session": i}) + "\n")
    return path


@pytest.mark.parametrize(
    ("how", "least"),
    [
        ({}, 400),
        ({"chars": False}, 400),
        ({"typos": 0.03, "moves": 0.02}, 400),
        ({"typos": 0.03, "moves": 0.02, "lost": 0.014}, 388),
        ({"typos": 0.03, "moves": 0.02, "lost": 0.014, "chars": False}, 388),
    ],
)
def test_typed_secrets_come_back(how, least, tmp_path):
    wanted = secrets(400)
    text = "\n\n".join(texts_of(sessions(tmp_path / "a.jsonl", wanted, **how)))
    assert sum(secret in text for secret in wanted) >= least


@pytest.mark.parametrize("layout", ["us", "de", "fr"])
@pytest.mark.parametrize(
    ("how", "least"),
    [({"windows": True}, 100), ({"typos": 0.03, "moves": 0.02, "lost": 0.014}, 97)],
)
def test_other_keyboards(layout, how, least, tmp_path):
    wanted = secrets(100)
    path = sessions(tmp_path / "a.jsonl", wanted, Abroad, layout=layout, **how)
    text = "\n\n".join(texts_of(path))
    assert sum(secret in text for secret in wanted) >= least


def test_after_the_named_rows_are_gone_nothing_is_found(tmp_path):
    wanted = [s for s in secrets(200) if s.startswith("ghp_")]
    path = sessions(tmp_path / "a.jsonl", wanted, typos=0.03, moves=0.02, lost=0.014)
    found = [f for f in finds(path) if f.category == "credential"]
    assert sum(f.location.part is Part.TYPED for f in found) >= len(wanted)
    gone = rows_named(found)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for i, line in enumerate(lines) if i not in gone))
    assert [f for f in finds(path) if f.category == "credential"] == []
    assert len(gone) < 0.9 * len(lines)
