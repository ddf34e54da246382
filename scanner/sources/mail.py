"""Mail: single messages (EML, files of a Maildir, Apple's EMLX) and mailboxes (mbox).

A record is a message; fields are `/headers/<name>`, `/body` and the same below `/parts/<number>`
(parts are numbered as they come, those of attached messages too).  Attachments are members, each
scanned as its content asks.  What is encrypted is recorded as not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, BinaryIO

from scanner.batch import EachPlace, Place, TextBatch, Undecoded, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.streams import open_shard
from scanner.model import Location
from scanner.pointer import Named, rename
from scanner.sources import Shard, Unit
from scanner.sources._archive import Archive, Entry, Inside, content_of, name_of
from scanner.sources._mail_message import Attachment, Sealed, Text, about, parts_of
from scanner.sources._records import gone

_STRONG = (
    rb"(?i:return-path|received|delivered-to|message-id|mime-version|from|to|subject|date|sender"
    rb"|reply-to|x-[a-z-]+|dkim-signature|arc-[a-z-]+):"
)
_LINES = rb"[^\n]*\n(?:[ \t][^\n]*\n)*"
_MAIL = re.compile(
    rb"(?:\d+ *\r?\n)?" + _STRONG + _LINES + rb"(?:[A-Za-z][A-Za-z0-9-]*:" + _LINES + rb"){2,}"
)
_NAMED = re.compile(rb"(?mi:^(?:from|received|message-id|return-path):)")
_FROM = re.compile(rb"From \S[^\n]*\d\d:\d\d[^\n]*\n[A-Za-z>][A-Za-z0-9-]*:? ")
_QUOTED = re.compile(rb"(?m)^>(>*From )")
_COUNT = re.compile(rb"\d+ *\r?\n")  # the size of the message, in Apple's files
_LONGEST = 128 << 20  # bytes of one message
_LINE = 1 << 20
_BATCH = 1 << 20  # bytes of messages whose texts are handed on together


@dataclass
class _Mail:
    """One message with its bytes as they stand in the shard."""

    number: int
    start: int
    end: int
    raw: bytes
    is_boxed: bool

    @cached_property
    def content(self) -> bytes:
        raw = self.raw
        if self.is_boxed:
            raw = _QUOTED.sub(rb"\1", raw.partition(b"\n")[2])
            return raw[: -len(_last(raw))] if raw.endswith((b"\n\n", b"\n\r\n")) else raw
        count = _COUNT.match(raw)
        return raw[count.end() :] if count else raw

    def parts(self, log: UnitLog) -> Iterator[Text | Attachment | Sealed]:
        """What the message holds, and after what cannot be taken apart its text as it stands."""
        try:
            yield from parts_of(self.content)
        except RecursionError:
            what = "the parts of a mail are nested too deeply"
            log.bad_record("source.unparsed", what, self.number, "look at what it is")
            yield "/raw", "", self.content.decode("utf-8", "replace")

    def fields(self, _place: Place, _wanted: Any) -> dict[str, Any]:
        """Whom the message is about."""
        return about(self.content)


class Mail(Archive):
    """One unit."""

    suffixes = frozenset({".eml", ".mbox", ".mbx", ".emlx"})

    def sniff(self, head: bytes) -> bool:
        if _FROM.match(head):
            return True
        found = _MAIL.match(head)
        return found is not None and _NAMED.search(found[0]) is not None

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "mail")

    def entries(self, unit: Unit) -> Iterator[Entry]:
        """The attachments of all messages."""
        for mail in _mails(unit.shard):
            for part in mail.parts(UnitLog()):
                if isinstance(part, Attachment):
                    yield _entry(mail, part)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        if location.member:
            return super().value_at(shard, location, named)
        for mail in _mails(shard):
            if mail.number == location.record:
                for part in mail.parts(UnitLog()):
                    if isinstance(part, tuple) and rename(part[0], named) == location.field:
                        return part[2]
        raise gone(location)

    def _read(self, unit: Unit, log: UnitLog, looking: bool) -> Iterator[Undecoded | TextBatch]:
        texts = _Texts()
        with Spool() as spool:
            inside = Inside(spool)
            try:
                for mail in _mails(unit.shard, log):
                    log.records += 1
                    log.bytes += len(mail.raw)
                    parts = list(mail.parts(log))
                    log.values += texts.add(mail, parts, log) * looking
                    attached = [part for part in parts if isinstance(part, Attachment)]
                    if attached or texts.size > _BATCH:
                        yield from texts.batches()
                    for part in attached:
                        entry = _entry(mail, part)
                        yield name_of(entry)
                        for block in content_of(unit.shard, entry, inside, log, looking):
                            yield _by(mail, block)
            except UnreadableError:
                yield from texts.batches()
                raise
            yield from texts.batches()


plugin = Mail()


class _Texts:
    """The texts of messages, of many small ones together."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._mails: dict[int | None, _Mail] = {}
        self._texts: list[str] = []
        self._places: list[Place] = []
        self.size = 0  # bytes of the messages

    def add(self, mail: _Mail, parts: list[Text | Attachment | Sealed], log: UnitLog) -> int:
        """Take those of one message; how many there are."""
        if any(isinstance(part, Sealed) for part in parts):
            hint = "decrypt the mail, and scan what it says"
            log.problem("source.encrypted", "an encrypted mail was not read", "", hint, mail.number)
        texts = [part for part in parts if isinstance(part, tuple) and part[2]]
        self._texts += [text for _, _, text in texts]
        self._places += [
            Place(mail.number, spot, label, record_start=mail.start, record_end=mail.end)
            for spot, label, _ in texts
        ]
        self._mails[mail.number] = mail
        self.size += len(mail.raw)
        return len(texts)

    def batches(self) -> Iterator[TextBatch]:
        """All that was taken since the last call."""
        if self._texts:
            fields = partial(_fields, self._mails)
            yield TextBatch(text_array(self._texts), EachPlace(self._places), fields=fields)
        self._clear()


def _fields(mails: Mapping[int | None, _Mail], place: Place, wanted: Any) -> dict[str, Any]:
    """Whom the message of a place is about."""
    return mails[place.record].fields(place, wanted)


def _by(mail: _Mail, block: Any) -> Any:
    """What an attachment holds is by whom the mail is, where it says nothing else itself."""
    if isinstance(block, TextBatch) and block.fields is None:
        return replace(block, fields=mail.fields)
    return block


def _entry(mail: _Mail, part: Attachment) -> Entry:
    name = part.name.replace("/", "_").replace("\\", "_")
    path = f"{mail.number}/{part.part}/{name}"
    return Entry(mail.number, path, "file", len(part.content), lambda: (part.content,))


def _last(raw: bytes) -> bytes:
    return b"\r\n" if raw.endswith(b"\r\n") else b"\n"


def _mails(shard: Shard, log: UnitLog | None = None) -> Iterator[_Mail]:
    """The messages.  What came before a break is given, then UnreadableError is raised."""
    box = _Box(log)
    with open_shard(shard) as stream:
        for line in _lines(stream):
            if isinstance(line, UnreadableError):
                yield from box.take()
                raise line
            if box.begins(line):
                yield from box.take()
            box.add(line)
    yield from box.take()


@dataclass
class _Box:
    """The lines of a message, until the next one begins."""

    log: UnitLog | None
    held: list[bytes] = field(default_factory=list)
    number: int = 0
    start: int = 0
    at: int = 0
    is_boxed: bool = False
    after_blank: bool = True

    def begins(self, line: bytes) -> bool:
        """True for the line in front of another message."""
        if self.at == 0:
            self.is_boxed = line.startswith(b"From ")
        return self.at > 0 and self.is_boxed and self.after_blank and line.startswith(b"From ")

    def add(self, line: bytes) -> None:
        size = self.at - self.start
        if size < _LONGEST:
            self.held.append(line)
        elif self.log is not None and size - len(line) < _LONGEST:
            _too_long(self.log, self.number)
        self.at += len(line)
        self.after_blank = line in (b"\n", b"\r\n")

    def take(self) -> Iterator[_Mail]:
        """The message, if there is one."""
        if self.held:
            yield _Mail(self.number, self.start, self.at, b"".join(self.held), self.is_boxed)
        self.number, self.start, self.held = self.number + 1, self.at, []


def _lines(stream: BinaryIO) -> Iterator[bytes | UnreadableError]:
    """Lines, very long ones in pieces; last the error where the stream breaks off."""
    try:
        while line := stream.readline(_LINE):
            yield line
    except UnreadableError as error:
        yield error


def _too_long(log: UnitLog, number: int) -> None:
    hint = "take the message out, and scan its attachments by themselves"
    what = "a mail is too long to be read to its end"
    log.problem("source.too_large", what, "", hint, number)
