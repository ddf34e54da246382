"""Office documents: DOCX, XLSX, PPTX, ODT, ODS, ODP and their relatives, part by part.

Paragraphs are read as people see them, cells go by the header of their column; comments, notes,
headers, properties and what was deleted with changes tracked are parts like any other.  Pictures
and embedded files are scanned as their content asks.  An encrypted document is not read.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from scanner.batch import Place, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_shard
from scanner.pointer import join, segment
from scanner.sources import Shard, Unit
from scanner.sources._archive import Archive, Entry, bomb
from scanner.sources._paragraphs import texts as paragraphs
from scanner.sources._sheets import Strings
from scanner.sources._sheets import texts as cells
from scanner.sources._texts import Found, armoured
from scanner.sources._xml import END, START, TEXT, events
from scanner.sources._zip_file import content, entry, opened, unlisted
from scanner.sources._zip_salvage import LOCAL

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB]: how encrypted documents are stored
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ODF = b"mimetypeapplication/vnd.oasis.opendocument"
_FIRST = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/", b"word/", b"xl/", b"ppt/")
_SHARED = "xl/sharedStrings.xml"
_MOST_SHARED = 512 << 20  # bytes of XML; more are read, but not put into their cells


class Office(Archive):
    """A record is a paragraph or a row of a part; the part is the member it is in."""

    suffixes = frozenset(
        {".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".potx", ".ppsx",
         ".odt", ".ods", ".odp", ".odg", ".ott"}
    )  # fmt: skip

    def sniff(self, head: bytes) -> bool:
        """The name of the first member tells: each writer begins with one of these."""
        if head.startswith(_COMPOUND):
            return True
        size = int.from_bytes(head[26:28], "little")
        return head.startswith(LOCAL) and (
            head[30 : 30 + size].startswith(_FIRST) or _ODF in head[30:120]
        )

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "office")

    def entries(self, unit: Unit) -> Iterator[Entry]:
        _refuse_compound(unit.shard)
        with opened(unit.shard) as archive:
            document, inflated = _Document(archive), 0
            listed = sorted(enumerate(archive.infolist()), key=lambda at: at[1].filename == _SHARED)
            for number, info in listed:  # shared strings last: what no cell uses is left then
                inflated += info.file_size
                bomb(inflated, unit.shard.size)
                found = entry(number, info, archive)
                if found.kind == "file" and info.filename.endswith((".xml", ".rels", ".vml")):
                    found = replace(found, texts=partial(document.texts, info))
                yield found
            if unlisted(archive):
                yield Entry(len(listed), "", "unlisted", 0, tuple)


class _Document:
    """One document while it is read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._shared: Strings | None = None

    def texts(self, info: zipfile.ZipInfo, log: UnitLog) -> Found:
        """The texts of one part of XML."""
        found = events(content(self._archive, info))
        if info.filename.startswith("xl/worksheets/sheet"):
            yield from cells(found, self._title(info.filename), self._strings(), log)
        elif info.filename == _SHARED:
            yield from self._unused(log)
        else:
            yield from armoured(paragraphs(found, log))

    def _strings(self) -> Strings:
        if self._shared is None:
            self._shared = Strings()
            info = self._archive.NameToInfo.get(_SHARED)
            if info is not None and info.file_size <= _MOST_SHARED:
                self._shared.texts = list(_strings(self._archive, info))
        return self._shared

    def _unused(self, log: UnitLog) -> Found:
        """Strings that no cell shows any more; of a table too large to be held, all."""
        used = self._used()
        for number, text in enumerate(_strings(self._archive, self._archive.getinfo(_SHARED))):
            if number not in used:
                log.records += 1
                yield Place(number, join([segment("sharedStrings")])), text

    def _used(self) -> set[int]:
        """The strings that cells show: known once all sheets were read."""
        shared = self._strings()
        if not shared.used:
            for info in self._archive.infolist():
                if info.filename.startswith("xl/worksheets/sheet"):
                    for _ in self.texts(info, UnitLog()):
                        pass
        return shared.used

    def _title(self, name: str) -> str:
        """What a worksheet is called in the workbook; else the name of its part."""
        try:
            targets = {
                posixpath.normpath(posixpath.join("/xl", at.get("Target", ""))): at.get("Id", "")
                for at in self._elements("xl/_rels/workbook.xml.rels", "Relationship")
            }
            for at in self._elements("xl/workbook.xml", "sheet"):
                if at.get("r:id", "-") == targets.get(f"/{name}") and at.get("name"):
                    return at["name"]
        except UnreadableError:
            pass  # it is told where that part itself is read
        return posixpath.basename(name).removesuffix(".xml")

    def _elements(self, part: str, name: str) -> Iterator[dict[str, str]]:
        info = self._archive.NameToInfo.get(part)
        for event in events(content(self._archive, info)) if info is not None else ():
            if event.kind == START and event.name == name:
                yield dict(event.attributes)


def _strings(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[str]:
    """The shared strings in their order; how they are to be spoken is no part of them."""
    parts, spoken = list[str](), 0
    for event in events(content(archive, info)):
        if event.kind == START and event.name == "si":
            parts = []
        elif event.name == "rPh":
            spoken += 1 if event.kind == START else -1
        elif event.kind == TEXT and not spoken:
            parts.append(event.text)
        elif event.kind == END and event.name == "si":
            yield "".join(parts)


def _refuse_compound(shard: Shard) -> None:
    """Raises UnreadableError for an encrypted document, and for one of before 2007."""
    with open_shard(shard) as stream:
        last, first = b"", True
        for block in blocks(stream):
            if first and not block.startswith(_COMPOUND):
                return
            first = False
            if _ENCRYPTED in last[-40:] + block:
                hint = "scan the document before it is encrypted, or take the password off"
                what = "the document is encrypted"
                raise UnreadableError(what, shard.uri, hint, "source.encrypted")
            last = block
    hint = "save it as DOCX, XLSX or PPTX, and scan that"
    what = "documents in the binary form of before 2007 are not read"
    raise UnreadableError(what, shard.uri, hint, "source.unsupported")


plugin = Office()
