"""PDF: the text of each page, notes, form fields and metadata; attached files and pictures too.

Files and pictures are members.  A page without either is drawn, and is told: what it shows was not
read.  A document that needs a password is not read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from scanner.batch import Place, UnitLog
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.files.spool import Spool
from scanner.files.streams import blocks, open_shard
from scanner.model import Part
from scanner.pointer import join, segment
from scanner.sources import Shard, Unit
from scanner.sources._archive import Archive, Entry
from scanner.sources._pictures import PNG
from scanner.sources._texts import Found, armoured

_LONGEST_PAGE = 32 << 20  # bytes of its drawing commands
_PICTURE, _PIXELS = 1 << 20, 64 << 20  # bytes, about; and pixels, at most
_BROKEN = "the PDF is damaged or cut off"


class Pdf(Archive):
    """A record is a page; fields are `/page`, `/notes/3`, `/forms/name`."""

    suffixes = frozenset({".pdf"})

    def sniff(self, head: bytes) -> bool:
        return b"%PDF-" in head[:1024]

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "pdf")

    def entries(self, unit: Unit) -> Iterator[Entry]:
        with _opened(unit.shard) as reader:
            yield Entry(0, "", "file", unit.shard.size, tuple, texts=partial(_texts, reader))
            number = 1
            for name, contents in _safe(lambda: list(reader.attachments.items()), []):
                for content in contents:
                    yield Entry(number, str(name), "file", len(content), lambda c=content: (c,))  # type: ignore[misc]
                    number += 1
            for name, content in _pictures(reader):
                yield Entry(number, name, "file", _PICTURE, content)
                number += 1


@contextmanager
def _opened(shard: Shard) -> Iterator[Any]:
    """The reader of a document.  Raises UnreadableError for one that is encrypted or damaged."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # it would quote what it reads
    with Spool() as spool, open_shard(shard) as stream:
        path = spool.hold(blocks(stream), shard.size * 4)[0] if shard.compression else shard.path
        with open(path, "rb") as file:  # noqa: PTH123
            reader = _safe(lambda: pypdf.PdfReader(file), None)
            if reader is None or not _safe(lambda: len(reader.pages) + 1, 0):
                raise _unreadable(reader)
            yield reader


def _unreadable(reader: Any) -> UnreadableError:
    if reader is not None and reader.is_encrypted:
        hint = "take the password off, and scan that"
        return UnreadableError("the PDF is encrypted", "", hint, "source.encrypted")
    hint = "write the file again from its origin"
    return UnreadableError(_BROKEN, "", hint, "source.corrupt")


def _safe(read: Any, otherwise: Any) -> Any:
    """What the library gives; on whatever it raises, which may quote the data, `otherwise`."""
    try:
        return read()
    except Exception:  # noqa: BLE001
        return otherwise


def _texts(reader: Any, log: UnitLog) -> Found:
    yield from _metadata(reader)
    for number, text in enumerate([*_titles(reader), *_scripts(reader)]):
        yield Place(None, f"/document/{number}"), _clean(text)
    for number in range(len(reader.pages)):
        page = _safe(partial(reader.pages.__getitem__, number), None)
        log.records += 1
        yield from armoured(_page(page, number, log))
    fields = _safe(reader.get_fields, None) or {}
    for number, (name, field) in enumerate(fields.items()):
        value = _safe(partial(field.get, "/V"), "")
        if isinstance(value, str):
            yield Place(number, join(("forms", segment(str(name)))), str(name)), _clean(value)


def _page(page: Any, number: int, log: UnitLog) -> Iterable[tuple[Place, str]]:
    text = _safe(partial(_text, page), None)
    if text is None:
        log.bad_record("source.corrupt", "a page of the PDF cannot be read", number)
        return
    yield Place(number, "/page"), _clean(text)
    notes = _safe(partial(_notes, page), [])
    yield from ((Place(number, f"/notes/{n}"), _clean(note)) for n, note in enumerate(notes))
    drawn = not text.strip() and _safe(lambda: "/XObject" in page["/Resources"], True)
    if drawn and not _names(page):
        hint = "make its text readable with OCR, and scan that"
        log.problem("source.no_text", "pages that are pictures were not read", "", hint, number)


def _pictures(reader: Any) -> Iterator[tuple[str, Callable[[], Iterable[bytes]]]]:
    """Names and contents of the pictures on pages."""
    for number in range(len(reader.pages)):
        page = _safe(partial(reader.pages.__getitem__, number), None)
        for key in _names(page) if page is not None else ():
            path = [key] if isinstance(key, str) else key
            name = "".join(part.replace("/", ".").replace("~", "") for part in path)
            yield f"page-{number + 1}/{name.lstrip('.')}.png", partial(_picture, page, key)


def _names(page: Any) -> list[Any]:
    return _safe(lambda: list(page.images.keys()), [])  # type: ignore[no-any-return]


def _picture(page: Any, key: Any) -> Iterable[bytes]:
    """A picture as a file; of one that nobody can read here, only what it is."""
    if ocr.missing():
        return (PNG,)
    fits = _safe(lambda: _pixels(page, key) <= _PIXELS, False)
    data = _safe(lambda: page.images[key].data, None) if fits else None
    if data is None:
        hint = "write the file again from its origin"
        raise UnreadableError(
            "a picture of the PDF is damaged or too large", "", hint, "source.corrupt"
        )
    return (data,)


def _pixels(page: Any, key: Any) -> int:
    """As the picture itself says, before it is unpacked; those within the drawing are small."""
    if isinstance(key, str) and key.startswith("~"):
        return 0
    for name in [key] if isinstance(key, str) else key:
        page = page["/Resources"]["/XObject"][name].get_object()
    return int(page["/Width"]) * int(page["/Height"])


def _text(page: Any) -> str:
    content = page.get_contents()
    if content is not None and len(content.get_data()) > _LONGEST_PAGE:
        raise ValueError("too long")
    return str(page.extract_text())


def _notes(page: Any) -> list[str]:
    """What annotations say, and where their links lead."""
    found = []
    for note in page.get("/Annots") or ():
        note = note.get_object()  # noqa: PLW2901
        action = note.get("/A")
        action = action.get_object() if action is not None else {}
        said = [note.get(key) for key in ("/Contents", "/T", "/V", "/DV", "/TU")]
        said += [action.get("/URI"), action.get("/JS"), action.get("/F")]
        found += [str(one) for one in said if isinstance(one, str)]
    return found


def _titles(reader: Any) -> list[str]:
    """The outline, from the first entry to the last."""
    found, left = [], list(_safe(lambda: reader.outline, []))
    while left:
        entry = left.pop(0)
        if isinstance(entry, list):
            left[:0] = entry
        else:
            found.append(str(_safe(partial(getattr, entry, "title"), "")))
    return found


def _scripts(reader: Any) -> list[str]:
    """The scripts of the document: what it does when it is opened, and those with a name."""
    root = _safe(lambda: reader.root_object, {})
    actions = _safe(lambda: [root["/OpenAction"].get_object()], [])
    named = _safe(lambda: root["/Names"]["/JavaScript"]["/Names"][1::2], [])
    actions += [_safe(one.get_object, {}) for one in named]
    return [text for action in actions if (text := _safe(partial(_script, action), ""))]


def _script(action: Any) -> str:
    code = action["/JS"].get_object()
    return code if isinstance(code, str) else code.get_data().decode("utf-8", "replace")


def _metadata(reader: Any) -> Found:
    for key, value in _safe(lambda: list((reader.metadata or {}).items()), []):
        name = str(key).lstrip("/")
        text = _clean(str(_safe(value.get_object, "")))
        yield Place(None, join((segment(name),)), name, Part.METADATA), text
    xmp = _safe(partial(_xmp, reader), b"")
    yield Place(None, "/#xmp", "", Part.METADATA), _clean(xmp.decode("utf-8", "replace"))


def _xmp(reader: Any) -> Any:
    return reader.root_object["/Metadata"].get_data()


def _clean(text: str) -> str:
    return text.replace("\0", "")


plugin = Pdf()
