"""TNEF, made here attribute by attribute as MS-OXTNEF gives them."""

from __future__ import annotations

import json
import struct
from email.message import EmailMessage
from pathlib import Path

import pytest

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.sources import tnef as tnef_source

# The example of MS-OXRTFCP, 4.1.1.
RTF = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d"
    "0a800fa0"
)


def attribute(level: int, name: int, value: bytes) -> bytes:
    return (
        struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) % 65536)
    )


def texts(*found: tuple[int, int, bytes]) -> bytes:
    """A list of properties of one value each: (id, type, content)."""
    made = struct.pack("<I", len(found) + 2) + struct.pack("<HHI", 0x03, 0x0E07, 1)
    named = struct.pack("<HH16sIi", 0x0B, 0x8001, bytes(16), 0, 7) + struct.pack("<I", 1)
    for name, kind, content in found:
        padding = bytes(-len(content) % 4)
        made += struct.pack("<HHII", kind, name, 1, len(content)) + content + padding
    return made + named


def tnef(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def attached(name: str, content: bytes) -> list[bytes]:
    return [
        attribute(2, 0x69002, bytes(14)),
        attribute(2, 0x18010, name[:8].encode() + b"\0"),
        attribute(2, 0x6800F, content),
        attribute(2, 0x69005, texts((0x3707, 0x1F, (name + "\0").encode("utf-16-le")))),
    ]


def write_sample(stem: Path, strings: list[str]) -> Path:
    lines = "".join(json.dumps({"text": s}) + "\n" for s in strings)
    path = stem.with_suffix(".tnef")
    path.write_bytes(
        tnef(attribute(1, 0x18004, b"a subject\0"), *attached("a.jsonl", lines.encode()))
    )
    return path


def message() -> bytes:
    html = b"<p>of the <b>page</b></p>"
    inner = tnef(attribute(1, 0x2800C, b"of the inner mail\0"))
    return tnef(
        attribute(1, 0x89006, struct.pack("<I", 0x10000)),
        attribute(1, 0x18004, b"of the subject\0"),
        attribute(
            1,
            0x69003,
            texts(
                (0x1000, 0x1F, "of the böy\0".encode("utf-16-le")),
                (0x1013, 0x102, html),
                (0x1009, 0x102, RTF),
                (0x0C1A, 0x1E, b"Mia Sender\0"),
            ),
        ),
        *attached("list of names.csv", b"name\nof the cell\n"),
        attribute(2, 0x69002, bytes(14)),
        attribute(2, 0x69005, texts((0x3701, 0x0D, bytes(16) + inner))),
    )


def test_all_texts_and_attachments(reading, tmp_path):
    path = tmp_path / "winmail.dat"
    path.write_bytes(message())
    seen = reading.round_trip(path)
    found = " ".join(text for place, text in seen.texts if place.part == "value")
    for text in ("subject", "böy", "page", "cell", "inner mail"):
        assert f"of the {text}" in found.replace("<b>", "")
    assert "Mia Sender" in found and "hello world" in found
    assert "1/list of names.csv" not in found and not seen.log.problems


def test_it_is_found_inside_of_a_mail(reading, tmp_path):
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Date"] = "mia@corp.example", "x", "Mon, 5 Oct 2026 10:00"
    mail.set_content("see the attachment")
    mail.add_attachment(
        message(), maintype="application", subtype="ms-tnef", filename="winmail.dat"
    )
    path = tmp_path / "a.eml"
    path.write_bytes(mail.as_bytes())
    seen = reading.round_trip(path)
    assert any("of the cell" in text for _, text in seen.texts)


def test_what_there_is_of_a_cut_attachment_is_read(reading, tmp_path):
    path = tmp_path / "a.tnef"
    path.write_bytes(tnef(*attached("a.txt", b"one\ntwo\n")[:-1])[:-3])
    (unit,) = tnef_source.plugin.units(reading.shard(path))
    found = []
    with pytest.raises(UnreadableError):
        found.extend(b.values.to_pylist() for b in tnef_source.plugin.batches(unit, UnitLog()))
    assert ["one", "two"] in found


@pytest.mark.parametrize("size", [30, 150])
def test_what_is_cut_off_is_told(size, reading, tmp_path):
    path = tmp_path / "winmail.dat"
    path.write_bytes(message()[:size])
    with pytest.raises(UnreadableError):
        reading.all(path)
