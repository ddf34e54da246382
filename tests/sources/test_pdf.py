"""PDF documents, written with pypdf."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from scanner.errors import UnreadableError
from scanner.files import ocr


def write_sample(stem: Path, strings: list[str]) -> Path:
    """Strings of any kind lie in an attached file; those of ASCII are text of a page as well."""
    path = stem.with_suffix(".pdf")
    writer = PdfWriter()
    page(writer, [s for s in strings if s.isascii()])
    lines = "".join(json.dumps({"t": s}) + "\n" for s in strings)
    writer.add_attachment("strings.jsonl", lines.encode())
    writer.write(path)
    return path


def page(writer: PdfWriter, lines: list[str]) -> None:
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
    })  # fmt: skip
    added = writer.add_blank_page(612, 792)
    fonts = DictionaryObject({NameObject("/F1"): font})
    added[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    drawn = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 14 TL 50 750 Td\n{drawn}ET".encode())
    added[NameObject("/Contents")] = writer._add_object(stream)


def _escaped(text: str) -> str:
    for mark in "\\()":
        text = text.replace(mark, f"\\{mark}")
    return text


def test_pages_notes_and_metadata(reading, tmp_path):
    writer = PdfWriter()
    page(writer, ["first line", "-----BEGIN TEST KEY-----", "QUJD", "-----END TEST KEY-----"])
    page(writer, ["on page two"])
    writer.add_annotation(1, Link(rect=(0, 0, 9, 9), url="https://u.example/?token=1"))
    writer.add_metadata({"/Author": "An Author"})
    path = tmp_path / "a.pdf"
    writer.write(path)
    seen = reading.round_trip(path)
    found = {(p.record, p.field): text for p, text in seen.texts}
    assert "-----BEGIN TEST KEY-----\nQUJD\n-----END TEST KEY-----" in found[0, "/page"]
    assert found[1, "/page"].strip() == "on page two"
    assert found[1, "/notes/0"] == "https://u.example/?token=1"
    assert found[None, "/Author"] == "An Author"
    assert seen.log.records == 2 and not seen.log.problems


def test_what_stands_in_no_page(reading, tmp_path):
    writer = PdfWriter()
    page(writer, ["text"])
    above = writer.add_outline_item(title="one", page_number=0)
    writer.add_outline_item(title="a title", page_number=0, parent=above)
    opened = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})
    opened[NameObject("/JS")] = TextStringObject("run('it')")
    writer._root_object[NameObject("/OpenAction")] = opened
    path = tmp_path / "a.pdf"
    writer.write(path)
    found = {p.field: text for p, text in reading.round_trip(path).texts}
    assert [found[f"/document/{n}"] for n in range(3)] == ["one", "a title", "run('it')"]


def test_a_password_is_asked_for(reading, tmp_path):
    writer = PdfWriter()
    page(writer, ["hidden"])
    writer.encrypt("a-password", algorithm="RC4-128")
    path = tmp_path / "a.pdf"
    writer.write(path)
    with pytest.raises(UnreadableError) as caught:
        reading.all(path)
    assert caught.value.code == "source.encrypted"


def test_pictures_on_pages(reading, tmp_path, monkeypatch):
    if ocr.missing():
        pytest.skip("OCR is not installed")
    from PIL import Image, ImageDraw, ImageFont

    shown = Image.new("RGB", (600, 60), "white")
    pen = ImageDraw.Draw(shown)
    pen.text((10, 12), "shown in pixels", fill="black", font=ImageFont.load_default(size=24))
    shown.save(tmp_path / "a.pdf")
    seen = reading.round_trip(tmp_path / "a.pdf")
    (place,) = [place for place, text in seen.texts if text == "shown in pixels"]
    assert place.field.startswith("/ocr/0/") and not seen.log.problems
    monkeypatch.setattr(ocr, "missing", lambda: True)
    problems = reading.all(tmp_path / "a.pdf").log.problems
    assert [(p.code, p.where) for p in problems] == [("source.ocr_missing", "*.png")]


def test_pages_without_text_are_told(reading, tmp_path):
    writer = PdfWriter()
    page(writer, [])
    added = writer.pages[0]
    added[NameObject("/Resources")][NameObject("/XObject")] = DictionaryObject()
    path = tmp_path / "a.pdf"
    writer.write(path)
    assert [p.code for p in reading.all(path).log.problems] == ["source.no_text"]
