"""Pictures of screens: drawn with a font of the system, read by OCR."""

from __future__ import annotations

import io
import random
import string
import struct
import tarfile
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from scanner import inputs, plugins
from scanner.detectors import DetectorContext, Value
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.model import InputStatus
from scanner.sources import _pixels

FONTS = "/usr/share/fonts/truetype/dejavu"
pytestmark = pytest.mark.skipif(ocr.missing(), reason="OCR is not installed")
MONO, SANS = "DejaVuSansMono", "DejaVuSans"
SCREENS = [(12, True, SANS), (13, False, MONO), (16, True, MONO)]


def write_sample(stem: Path, strings: list[str]) -> Path:
    """A PNG of a few pixels whose text chunks hold the strings: OCR reads no such thing exactly."""
    if ocr.missing():
        pytest.skip("OCR is not installed")
    out = io.BytesIO()
    Image.new("L", (8, 8), 255).save(out, "PNG")
    data, chunks = out.getvalue(), b""
    for text in strings:
        chunks += chunk(b"iTXt", b"Comment\0\0\0\0\0" + text.encode())
    path = stem.with_suffix(".png")
    path.write_bytes(data[:33] + chunks + data[33:])
    return path


def chunk(kind: bytes, body: bytes) -> bytes:
    crc = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def drawn(
    lines: list[str], size: int = 14, dark: bool = False, font: str = MONO, apart: float = 2
) -> Image.Image:
    if not Path(FONTS, f"{font}.ttf").is_file():
        pytest.skip("the fonts of the package fonts-dejavu-core are not installed")
    letters = ImageFont.truetype(f"{FONTS}/{font}.ttf", size)
    picture = Image.new("L", (900, 40 + len(lines) * size * 2), 24 if dark else 255)
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        pen.text(
            (20, 10 + int(number * size * apart)), line, fill=225 if dark else 10, font=letters
        )
    return picture


def made(dice: random.Random, count: int, letters: str = string.ascii_letters + string.digits):
    return "".join(dice.choices(letters, k=count))


def found(lines: list[str]) -> list[tuple[str, str, str]]:
    """(rule, normal, text) of every match of the tolerant rules."""
    detector = plugins.load("detectors", "ocr").build(DetectorContext())
    matches = []
    for line in lines:
        value = Value(line.encode(), ocr.LABEL)
        for pattern in detector.patterns():
            for match in detector.confirm(value, pattern.key, ()):
                if hasattr(match, "normal"):
                    matches.append((match.rule.id, match.normal, line))
    return matches


def read(picture: Image.Image) -> list[str]:
    return [line.text for line in ocr.reader().lines(np.asarray(picture))]


@pytest.mark.parametrize(
    ("size", "dark", "font"), [(12, True, SANS), (13, False, MONO), (16, True, MONO)]
)
def test_values_on_screens_are_caught(size, dark, font):
    dice = random.Random(size)
    for _ in range(3):
        card, upper = "4111 1111 1111 1111", string.ascii_uppercase + "234567"
        wanted = [
            "token " + "ghp_" + made(dice, 36), "AKIA" + made(dice, 16, upper),
            "KEY=" + "sk_live_" + made(dice, 24), f"card {card}", "ssn 536-22-8731",
            "host 192.168.17.204 up", "call +1 (415) 555-2671", "to ann.lee@corp-mail.com",
        ]  # fmt: skip
        hits = found(read(drawn(wanted, size, dark, font)))
        rules = [rule for rule, _, _ in hits]
        assert rules.count("ocr-token") == 3 and rules.count("ocr-phone") == 1, hits
        assert ("ocr-card", card.replace(" ", "")) in [hit[:2] for hit in hits]
        assert ("ocr-ssn", "536228731") in [hit[:2] for hit in hits]
        assert ("ocr-ip", "192.168.17.204") in [hit[:2] for hit in hits]
        assert "ocr-email" in rules


def test_jpeg_blurs_no_gaps(reading, tmp_path):
    lines = ["card 4111 1111 1111 1111", "and some words", "below"]
    drawn(lines, 20, apart=1.8).save(tmp_path / "a.jpg", quality=75)
    texts = [text for _, text in reading.all(tmp_path / "a.jpg").texts]
    assert " ".join(texts) == " ".join(lines)


def test_lines_that_touch_are_read_apart():
    lines = ["happy (jpg) yes", "Ship {fly} by", "one gap, only", "Typing |jolly|"]
    assert read(drawn(lines, 14, apart=1.1)) == lines
    assert read(drawn(["The day of large letters"], 30)) == ["The day of large letters"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("4111 1111 11111111 09:25", "card"),
        ("2221-0000 -0000-0009", "card"),
        ("3782 822463 10005", "card"),
        ("xoxb-612884541538 - 629895997732 -GJyGV4xIDzeRbPawpuYGIFkv 9:25", "token"),
        ("ATzaxuCfugezTaTJINDéabeHOqXyalrqDqosHX is used now", "token"),
        ("use XOXD-694224254578-959775861642-71FGxfyFWOlemRSmSdkIKZKy", "token"),
        ("to m.silva/@acme-widgets.com", "email"),
        ("contact anna.okafor7(@acme-widgets.com", "email"),
        ("call +44 2@ 7946 @677", "phone"),
        ("9 closed usenpm_" + "rwuxCPzjl3aALOWYMbbYuVO0j60svo9P1grWa", "token"),
        ("card 5581-0081-2918-59786", "card"),
        ("paid with5173 8532 0726 3247", "card"),
        ("ssn152-95-6747", "ssn"),
        ("from27.164.184.61", "ip"),
        ("from 27.164.184.6109:13", "ip"),
        ("connect to 172.62.141.12309:47", "ip"),
        ("SSN:571-56-941009:43", "ssn"),
        ("paid with 5173 8532 0726 324709:56", "card"),
        ("402 from 20@.13@.18.187", "ip"),
        ("KEY= xoxb-226889638313-2727457 12593-7NcZbK DjpzjbCDb VODG8CWAK", "token"),
    ],
)
def test_what_ocr_makes_of_values(text, kind):
    assert [rule for rule, _, _ in found([text])] == [f"ocr-{kind}"]


@pytest.mark.parametrize(
    "text",
    [
        "6011 2222 3333 4445 5556 6667",
        "1234-5678-9012-3456",
        "eye 2221 files and 4111 more",
        "sha256:3fab4111111111111111cd",
        "numpy v10.20.30.40",
        "HFTNEART-RANF-4495-ac71-AA5 RAHIAARAT9",
    ],
)
def test_what_is_no_value(text):
    assert found([text]) == []


def test_a_token_that_is_read_with_spaces_is_whole_and_its_neighbour_is_not_taken():
    detector = plugins.load("detectors", "ocr").build(DetectorContext())
    token = "glpat-" + "20z9yt4K4peAJtS5EHvd"
    for text, whole in (
        (f"{token} JavaScript", token),
        (f"{token} {'5b21' * 10}", token),
        (token[:18] + " " + token[18:], None),
        (
            "sk-ant-api03-"
            + "Gn_gMoYqn8g015FnR8OMER0e8K7nXYtslU_y2nr0Njj"
            + " DYURFfiHNcz11IBazZhSFPwEHp",
            None,
        ),
    ):
        (match,) = detector.confirm(Value(text.encode(), ocr.LABEL), "ocr-token", ())
        assert text[match.start : match.end] == (whole or text)
        assert (match.priority > 70) is (whole is None)  # exact rules see its beginning alone


def test_clean_screens_raise_few_alarms():
    code = Path(_pixels.__file__).read_text("utf-8").splitlines()
    code += Path(string.__file__).read_text("utf-8").splitlines()
    lines = [line[:90] for line in code if line.strip()][:240]
    frames = [drawn(lines[n : n + 30], 13, n % 60 == 0) for n in range(0, 240, 30)]
    assert found([text for frame in frames for text in read(frame)]) == []


def test_a_reader_that_reads_nothing_is_told(monkeypatch):
    monkeypatch.setattr(ocr, "_drawn", lambda _: np.full((9, 9), 255))
    with pytest.raises(UnreadableError, match="OCR did not read"):
        ocr.reader_of.__wrapped__(ocr.engine())


def test_of_typing_only_what_changes_is_read():
    reader = ocr.Reader(plugins.load("ocr", ocr.engine()).start())
    lines = [f"line {n} of a long file with some words in it" for n in range(25)]
    frames = [drawn([*lines, "password = " + "hunter22hunter22"[:n]]) for n in range(17)]
    start = time.process_time()
    first = list(reader.lines(np.asarray(frames[0])))
    whole = time.process_time() - start
    reader.strips = reader.read = 0
    start = time.process_time()
    last = [list(reader.lines(np.asarray(frame))) for frame in frames[1:]][-1]
    each = (time.process_time() - start) / 16
    assert reader.strips >= 16 * 26 and reader.read <= 20
    assert whole > 4 * each  # more on a quiet machine
    assert len(last) == len(first) and "hunter22" in last[-1].text


def test_places_are_rectangles_and_texts_are_found_again(reading, tmp_path):
    path = tmp_path / "a.webp"
    drawn(["first line", "another one"], 16).save(path, lossless=True)
    seen = reading.round_trip(path)
    assert [text for _, text in seen.texts] == ["first line", "another one"]
    assert {p.label for p, _ in seen.texts} == {ocr.LABEL}
    _, kind, number, box = seen.texts[1][0].field.split("/")
    x, y = map(int, box.split(",")[:2])
    assert (kind, number) == ("ocr", "1") and 10 <= x <= 24 and 38 <= y <= 50


def test_pictures_in_archives_and_wrapped_lines(reading, tmp_path):
    token = "ghp_" + made(random.Random(5), 36)
    lines = ["x" * 18 + " " + token[:22], token[22:] + " and more"]
    out = io.BytesIO()
    drawn(lines, 16).save(out, "PNG")
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("frames/1.png")
        member.size = len(out.getvalue())
        archive.addfile(member, io.BytesIO(out.getvalue()))
    texts = [text for place, text in reading.round_trip(path).texts if place.part == "value"]
    assert len(texts) == 3 and "ocr-token" in [rule for rule, _, _ in found(texts[2:])]


def test_without_ocr_pictures_are_skipped(monkeypatch, tmp_path):
    path = write_sample(tmp_path / "a", ["x"])
    monkeypatch.setattr(ocr, "missing", lambda: True)
    (unusable,) = inputs.discover([str(path)])
    assert isinstance(unusable, inputs.Unusable) and unusable.status is InputStatus.SKIPPED
    assert (
        unusable.problem.code == "source.ocr_missing" and "leakgate[ocr]" in unusable.problem.hint
    )


def test_bombs_and_torn_pictures(reading, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    drawn(["some text"]).save(path)
    data = path.read_bytes()
    monkeypatch.setattr(_pixels, "_PIXELS", 1000)
    codes = []
    for content in (data, data[:90]):
        path.write_bytes(content)
        with pytest.raises(UnreadableError) as caught:
            reading.all(path)
        codes.append(caught.value.code)
        monkeypatch.undo()
    assert codes == ["source.too_large", "source.corrupt"]


def test_other_values_are_left_to_other_rules():
    detector = plugins.load("detectors", "ocr").build(DetectorContext())
    value = Value(b"ghp_" + b"aB3" * 12)
    assert not [m for p in detector.patterns() for m in detector.confirm(value, p.key, ())]
