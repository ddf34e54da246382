"""Mail: messages and mailboxes."""

from __future__ import annotations

import binascii
import io
import mailbox
import zipfile
from email.message import EmailMessage
from email.mime.text import MIMEText
from pathlib import Path

from scanner import about, plugins
from scanner.batch import UnitLog


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".mbox")
    path.unlink(missing_ok=True)
    lines = []
    for text in strings:
        mail = MIMEText(text, _charset="utf-8")
        mail["From"] = "jane@corp.example"
        lines.append(b"From jane Thu Mar  5 10:00:00 2026\n" + mail.as_bytes() + b"\n")
    path.write_bytes(b"".join(lines))
    return path


def message(text: str = "hello\n") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Jané Doe <jane@corp.example>"
    mail["To"] = "bob@corp.example"
    mail["Subject"] = "Zugänge für heute"
    mail["Date"] = "Thu, 05 Mar 2026 10:00:00 +0100"
    mail.set_content(text)
    return mail


def texts(seen) -> dict[str, str]:
    return {place.field: text for place, text in seen.texts if place.part == "value"}


def test_headers_bodies_and_attachments(reading, tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("deep.jsonl", '{"password": "in the zip"}\n')
    mail = message("the body: grün\n")
    mail.add_alternative(
        "<p>pass<b>word</b>: x&amp;y</p><a href='https://a.example/?t=1'>l</a><!--gone-->",
        subtype="html",
    )
    mail.add_attachment(inner.getvalue(), maintype="application", subtype="zip", filename="a.zip")
    mail.add_attachment(message("quoted within\n"))
    mail.add_attachment("name,token\nx,in the table\n", subtype="csv", filename="a.csv")
    path = tmp_path / "one.eml"
    path.write_bytes(mail.as_bytes())
    seen = reading.round_trip(path)
    found = {text for _, text in seen.texts}
    assert {"Zugänge für heute", "the body: grün\n", "gone", "https://a.example/?t=1"} <= found
    assert {"in the zip", "in the table", "quoted within\n"} <= found
    assert "password: x&y" in " ".join(t for t in found if "x&y" in t)
    assert {p.label for p, t in seen.texts if t == "in the zip"} == {"password"}
    assert not seen.log.problems
    bare = tmp_path / "1700000000.M1P2.host:2,S"  # as in a Maildir
    bare.write_bytes(mail.as_bytes())
    assert {t for _, t in reading.all(bare).texts} == found


def test_files_that_stand_in_a_text_as_old_programs_send_them(reading, tmp_path):
    text = b"a file of more lines than one, each packed by itself, sent long ago"
    packed = b"".join(binascii.b2a_uu(text[start : start + 30]) for start in range(0, 90, 30))
    path = tmp_path / "a.eml"
    path.write_bytes(
        message("see:\nbegin 644 note.txt\n" + packed.decode() + "`\nend\nbegin 1 x\n").as_bytes()
    )
    seen = reading.round_trip(path)
    assert text.decode() in {text for _, text in seen.texts}


def test_mailboxes_as_the_standard_library_writes_them(reading, tmp_path):
    path = tmp_path / "box"
    box = mailbox.mbox(path)
    for i in range(3):
        box.add(message(f"line {i}\nFrom the beginning\n\nFrom here on 10:00\n"))
    box.close()
    seen = reading.round_trip(path)
    bodies = {p.record: t for p, t in seen.texts if p.field == "/body"}
    assert bodies == {i: f"line {i}\nFrom the beginning\n\nFrom here on 10:00\n" for i in range(3)}


def test_who_wrote_it_and_when(reading, tmp_path):
    path = tmp_path / "one.eml"
    path.write_bytes(message().as_bytes())
    shard, source = reading.shard(path), plugins.load("sources", "mail")
    for unit in source.units(shard):
        for batch in source.batches(unit, UnitLog()):
            place = next(batch.places.of(0))
            said = about.said(batch.fields(place, lambda _: True), place.field)
    assert said.person[0] == ("email", "jane@corp.example") and said.time.hour == 9


def test_what_is_encrypted_is_told(reading, tmp_path):
    path = tmp_path / "one.eml"
    for body in (
        "Content-Type: multipart/encrypted; boundary=b\n\n--b\n"
        "Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n"
        "Content-Type: application/octet-stream\n\nxxxx\n--b--\n",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n"
        "Content-Transfer-Encoding: base64\n\nAAAA\n",
        "Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nhQ\n",
    ):
        path.write_text("From: a@b.example\nTo: c@d.example\nMIME-Version: 1.0\n" + body)
        seen = reading.all(path)
        assert [p.code for p in seen.log.problems] == ["source.encrypted"]
        assert "a@b.example" in texts(seen).values()


def test_broken_mails_give_what_there_is(reading, tmp_path):
    path = tmp_path / "one.eml"
    for raw in (
        b"From: =?utf-8?b?!!!?= <a@b.example>\nTo: x\nSubject: =?bad?q?=zz?=\n\nbody here\n",
        b"From: a\nTo: b\nContent-Type: text/plain; charset=nonsense\n\nbody here\n",
        b"From: a\nTo: b\nSubject: \xff\xfe\nContent-Transfer-Encoding: base64\n\nbody here\n",
        b"From: a\nTo: b\nDate: nonsense\nContent-Type: multipart/mixed; boundary=x\n\nbody here\n",
    ):
        path.write_bytes(raw)
        seen = reading.round_trip(path)
        assert len(seen.texts) >= 3
