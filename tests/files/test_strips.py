"""Where text stands in pictures: panes, cells, bubbles and highlights, each read for itself."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from scanner.files import ocr
from scanner.files.islands import islands
from scanner.files.strips import strips
from scanner.ocr._spaces import joined

pytestmark = pytest.mark.skipif(ocr.missing(), reason="OCR is not installed")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"


def picture(width=560, height=120) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    made = Image.new("L", (width, height), 255)
    return made, ImageDraw.Draw(made)


def write(pen: ImageDraw.ImageDraw, x: int, y: int, text: str, ink=10, size=15) -> None:
    pen.text((x, y), text, fill=ink, font=ImageFont.truetype(FONT, size))


def read(shown: Image.Image) -> set[str]:
    return {line.text for line in ocr.reader().lines(np.asarray(shown))}


def test_panes_whose_lines_are_at_different_heights():
    shown, pen = picture()
    pen.rectangle((280, 0, 560, 120), fill=24)
    for n in range(5):
        write(pen, 10, 8 + 22 * n, f"left pane line {n} to edge")
        write(pen, 288, 2 + 23 * n, f"host 192.168.17.20{n}", ink=220)
    lines = read(shown)
    assert {f"host 192.168.17.20{n}" for n in range(5)} <= lines
    assert {f"left pane line {n} to edge" for n in range(5)} <= lines


def test_cells_of_a_table_and_the_lines_between_them():
    shown, pen = picture()
    for x in range(0, 560, 186):
        pen.line((x, 0, x, 119), fill=210)
    for y in range(0, 120, 24):
        pen.line((0, y, 559, y), fill=210)
    for n in range(12):
        write(pen, 190 * (n % 3) + 4, 24 * (n // 3) + 4, f"4111 1111 {1000 + n}")
    assert read(shown) == {f"4111 1111 {1000 + n}" for n in range(12)}
    assert all(box.width < 186 and box.height < 24 for box in strips(np.asarray(shown)))


def test_a_bubble_a_badge_and_a_selection():
    shown, pen = picture(height=150)
    pen.rounded_rectangle((10, 8, 420, 64), 18, fill=90)
    write(pen, 26, 14, "call +1 415 555 2671 today", ink=255)
    write(pen, 26, 36, "or mail ann.lee@corp.example", ink=255)
    pen.rectangle((112, 84, 360, 104), fill=70)
    write(pen, 20, 86, "selected", ink=10)
    write(pen, 116, 86, "4111 1111 1111 1111", ink=255)
    assert read(shown) == {
        "call +1 415 555 2671 today", "or mail ann.lee@corp.example",
        "selected 4111 1111 1111 1111",
    }  # fmt: skip


def test_faint_letters_are_read_as_well():
    shown, pen = picture(height=40)
    pen.rectangle((0, 0, 560, 40), fill=60)
    write(pen, 10, 10, "token of 20 letters", ink=110)
    assert read(shown) == {"token of 20 letters"}


def test_what_changes_in_one_pane_is_no_change_in_another():
    shown, pen = picture()
    pen.line((280, 0, 280, 120), fill=200)
    for n in range(4):
        write(pen, 10, 8 + 24 * n, f"a line with number {n}")
    before = islands(np.asarray(shown))
    write(pen, 300, 20, "typed")
    after = islands(np.asarray(shown))
    assert len(after) == len(before) + 1 and set(before) < set(after)


def test_empty_and_tiny_pictures():
    for shape in ((1, 1), (1, 300), (300, 1), (3, 3), (200, 200)):
        assert list(strips(np.zeros(shape, np.uint8))) == []
    noise = np.random.default_rng(1).integers(0, 255, (120, 160), np.uint8)
    assert max(box.width * box.height for box in islands(noise)) > 0.9 * noise.size


def test_letters_on_a_photograph_are_not_cut_away():
    waves = np.linspace(0, 40, 560)
    field = 150 + 60 * np.sin(waves)[None, :] * np.cos(np.linspace(0, 9, 200))[:, None]
    shown = Image.fromarray(field.astype(np.uint8))
    write(ImageDraw.Draw(shown), 40, 90, "host 192.168.17.204", ink=0, size=22)
    boxes = list(strips(np.asarray(shown)))
    assert any(b.x <= 41 and b.x + b.width > 280 and b.y <= 95 < b.y + b.height for b in boxes)


def test_spaces_are_as_wide_as_no_gap_between_letters():
    grey = np.full((20, 200), 255, np.uint8)
    for left, right in ((0, 40), (43, 80), (90, 130)):
        grey[4:16, left:right] = 0
    words = [("ghp_", (0, 4, 40, 16)), ("aB3d", (43, 4, 80, 16)), ("9:25", (90, 4, 130, 16))]
    assert joined(words, grey) == "ghp_aB3d 9:25"
    assert joined([("ann", words[0][1]), ("lee", words[1][1])], grey) == "ann lee"
    assert joined([], grey) == "" and joined(words[:1], grey) == "ghp_"
