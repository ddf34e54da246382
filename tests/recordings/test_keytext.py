"""Running text with names of keys in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from keyed import recordings_of, texts_of


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".log")
    typed = text[:9] + "xy<BckSp><#+1>" + text[9:]
    path.write_text(f"2026-10-05 12:00:00+0000 > <LShft>Dear all, {typed}<Enter>\n")
    return path


WRITTEN = {
    "logkeys": "2026-10-05 12:00:00+0000 > <LShft>My hunz<BckSp>ter<LShft>2 is<Enter>\n"
    "2026-10-05 12:01:00+0000 > right<Tab><Tab>\n",
    "brackets": "[Window: Untitled - Notepad]\n"
    "[SHIFT]My hunz[BACKSPACE]ter[SHIFT]2[SPACE]is\nright\n",
    "braces": "{LShift}My hunz{Backspace}ter{LShift}2{Space}is{Enter}\nright\n",
    "padded": " [Key.shift] My hunz [Key.backspace] ter [Key.shift] 2 is\nright\n",
    "again": "hunzz[Backspace x2]zz<#+1>[Backspace][Backspace]ter2 is[Del]\nright\n",
}


@pytest.mark.parametrize("form", WRITTEN)
def test_names_of_keys_do_what_the_keys_do(form, tmp_path):
    path = tmp_path / "typed.txt"
    path.write_text(WRITTEN[form])
    assert "hunter2 is" in "\n".join(texts_of(path))


def test_rows_are_lines(tmp_path):
    path = tmp_path / "typed.txt"
    path.write_text("hel[Shift]Lo\n[Backspace]wor[Shift]Ld\n")
    (place, text), *_ = recordings_of(path)[0]
    assert text.startswith("helLoworLd")
    assert place.typed.rows(6, 9)[0] == "1"


def test_manuals_that_name_keys_are_no_logs(tmp_path):
    path = tmp_path / "manual.md"
    path.write_text("Press <Tab> to go on and [Enter] to accept.\n" * 20)
    assert texts_of(path) == []


def test_what_is_typed_on_in_the_next_file(tmp_path):
    parts = "[Shift]Dear all,\nmy hunz[BackSpace]", "x[BackSpace]ter[Shift]2[Tab]"
    for number, text in enumerate(parts):
        (tmp_path / f"keys-{number}.txt").write_text(text)
    assert "hunter2" in "\n".join(texts_of(tmp_path / "keys-1.txt"))
