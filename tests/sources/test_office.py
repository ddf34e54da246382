"""Office documents, written as their programs write them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.sources import Unit

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def package(parts: dict[str, str | bytes], first: str = "[Content_Types].xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(first, TYPES)
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def safe(text: str) -> str:
    """The text in XML; what XML cannot say is left out by `write_sample`."""
    return escape(text).replace("\t", "&#9;")


def write_sample(stem: Path, strings: list[str]) -> Path:
    """Strings that XML cannot hold stand in an embedded text file, as programs would do it."""
    path = stem.with_suffix(".docx")
    plain = [s for s in strings if _fits(s)]
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{safe(s)}</w:t></w:r></w:p>' for s in plain
    )
    parts: dict[str, str | bytes] = {"word/document.xml": f"<w:document {W}>{body}</w:document>"}
    odd = [s for s in strings if not _fits(s)]
    if odd:
        parts["word/embeddings/a.jsonl"] = "".join(json.dumps({"t": s}) + "\n" for s in odd)
    path.write_bytes(package(parts))
    return path


def _fits(text: str) -> bool:
    return text.strip() == text and all(
        c == "\t" or 0x20 <= ord(c) <= 0xD7FF or 0xE000 <= ord(c) <= 0xFFFD or ord(c) > 0xFFFF
        for c in text
    )


def sheet(rows: list[list[str]]) -> str:
    body = "".join("<row>" + "".join(cells) + "</row>" for cells in rows)
    return f"<worksheet {X}><sheetData>{body}</sheetData></worksheet>"


def shared(*strings: str) -> str:
    return f"<sst {X}>" + "".join(f"<si><t>{safe(s)}</t></si>" for s in strings) + "</sst>"


def values(seen) -> set[str]:
    return {text for place, text in seen.texts if place.part == "value"}


def test_runs_make_paragraphs_and_what_was_deleted_is_there(reading, tmp_path):
    path = tmp_path / "a.docx"
    run = "<w:r><w:t>{}</w:t></w:r>".format
    body = (
        f"<w:p>{run('pass')}{run('word one')}<w:r><w:tab/></w:r>{run('x')}</w:p>"
        "<w:p><w:del><w:r><w:delText>was deleted</w:delText></w:r></w:del></w:p>"
        '<w:p><w:r><w:instrText>HYPERLINK "https://u.example/?t=1"</w:instrText></w:r></w:p>'
        f"<w:p>{run('-----BEGIN TEST KEY-----')}</w:p><w:p>{run('QUJD')}</w:p>"
        f"<w:p>{run('-----END TEST KEY-----')}</w:p>"
    )
    parts: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/comments.xml": f'<w:comments {W}><w:comment w:author="An Author">'
        f"<w:p>{run('a remark')}</w:p></w:comment></w:comments>",
        "word/_rels/document.xml.rels": '<Relationships><Relationship Id="rId1" '
        'Target="https://link.example/secret" TargetMode="External"/></Relationships>',
        "docProps/core.xml": "<c:p xmlns:c='x'><creator>Someone</creator></c:p>",
        "word/media/a.txt": b"in a member\n",
    }
    path.write_bytes(package(parts))
    seen = reading.round_trip(path)
    key = "-----BEGIN TEST KEY-----\nQUJD\n-----END TEST KEY-----"
    assert values(seen) >= {
        "password one\tx", "was deleted", 'HYPERLINK "https://u.example/?t=1"', key, "a remark",
        "An Author", "https://link.example/secret", "Someone", "in a member",
    }  # fmt: skip
    assert not seen.log.problems


def test_cells_go_by_their_headers(reading, tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [
        ['<c r="A1" t="s"><v>0</v></c>', '<c r="C1" t="s"><v>1</v></c>'],
        [
            '<c r="A2" t="inlineStr"><is><t>Ann</t></is></c>',
            '<c r="C2"><v>4.111111111111E+12</v></c>',
        ],
        ['<c r="A3" t="str"><f>"x"&amp;"y"</f><v>xy</v></c>', "<c><v>12</v></c>"],
    ]
    parts: dict[str, str | bytes] = {
        "xl/workbook.xml": f'<workbook {X} {R}><sheets><sheet name="People" r:id="rId7"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId7" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet(rows),
        "xl/sharedStrings.xml": shared("name", "card", "no longer shown"),
    }
    path.write_bytes(package(parts, "xl/_rels/none.rels"))
    seen = reading.round_trip(path)
    found = {(p.record, p.field, p.label, p.part.value): text for p, text in seen.texts}
    assert found[0, "/People/C", "", "value"] == "card"
    assert found[1, "/People/A", "name", "value"] == "Ann"
    assert found[1, "/People/C", "card", "number"] == "4111111111111"
    assert found[2, "/People/A/formula", "name", "value"] == '"x"&"y"'
    assert found[2, "/sharedStrings", "", "value"] == "no longer shown"
    assert "12" not in found.values() and not seen.log.problems


def test_open_documents(reading, tmp_path):
    path = tmp_path / "a.odt"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        packed.writestr(
            "content.xml",
            '<o:d xmlns:o="a" xmlns:text="b"><o:text><text:p>one <text:span>and</text:span>'
            "<text:s/>two</text:p></o:text></o:d>",
        )
    path.write_bytes(out.getvalue())
    assert inputs.source_for(reading.shard(path)) == "office"
    assert "one and two" in values(reading.round_trip(path))


def test_encrypted_and_old_ones_are_not_read(reading, tmp_path):
    path = tmp_path / "a.docx"
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    for more, code in (
        ("EncryptedPackage".encode("utf-16-le"), "source.encrypted"),
        (b"", "source.unsupported"),
    ):
        path.write_bytes(head + more)
        with pytest.raises(UnreadableError) as caught:
            reading.all(path)
        assert caught.value.code == code


def test_entities_and_torn_parts_cost_their_part_only(reading, tmp_path):
    path = tmp_path / "a.docx"
    bomb = "<!DOCTYPE a [<!ENTITY x 'yyyy'><!ENTITY z SYSTEM 'file:///etc/passwd'>]><a>&z;&x;</a>"
    good = f"<w:p {W}><w:t>good</w:t></w:p>"
    path.write_bytes(package({"word/a.xml": bomb, "word/b.xml": "<a><t>torn", "word/c.xml": good}))
    seen = reading.all(path)
    assert values(seen) >= {"good"}
    assert sorted(p.code for p in seen.log.problems) == ["source.corrupt", "source.unsupported"]


def test_a_bomb_is_given_up(reading, tmp_path, monkeypatch):
    from scanner.sources import _archive

    monkeypatch.setattr(_archive, "_PLENTY", 1 << 20)
    path = tmp_path / "a.docx"
    path.write_bytes(package({"word/document.xml": b"<a>" + b" " * (16 << 20) + b"</a>"}))
    with pytest.raises(UnreadableError) as caught:
        list(plugins.load("sources", "office").batches(Unit(reading.shard(path), ""), UnitLog()))
    assert caught.value.code == "archive.bomb"
