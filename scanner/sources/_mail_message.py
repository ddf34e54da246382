"""One mail in texts and attachments.  Broken mails give what there is, and never raise."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

from scanner.files.json_names import numbered
from scanner.files.json_parse import scrub
from scanner.pointer import join, segment
from scanner.sources._lines import decode

_SEALED = ("multipart/encrypted", "application/pgp-encrypted")
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_PGP = "-----BEGIN PGP MESSAGE-----"
_UU = re.compile(r"begin [0-7]{3,4} (.{1,200})")
_TELLING = ("href", "src", "alt", "title", "value", "content", "action", "placeholder", "data")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no text of the mail: its number among the parts, its name and content."""

    part: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A part that cannot be read without a key."""

    part: int


Text = tuple[str, str, str]  # field, label, text


def parts_of(raw: bytes) -> Iterator[Text | Attachment | Sealed]:
    """All that a mail holds, in order.

    Raises RecursionError for parts nested without end.
    """
    message = message_from_bytes(raw)
    sealed: Message | None = None
    for number, part in enumerate(message.walk()):
        above = "" if number == 0 else join(["parts", str(number)])
        yield from _headers(part, above)
        if sealed is not None and part in sealed.walk():
            continue
        if part.get_content_type() in _SEALED or _is_enveloped(part):
            sealed = part
            yield Sealed(number)
            continue
        yield from _content(part, number, above)


def about(raw: bytes) -> dict[str, Any]:
    """Who wrote the mail, when, and with what program."""
    head = message_from_bytes(raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    name, address = parseaddr(_decoded(head.get("From") or head.get("Sender") or ""))
    found = {"user_email": address or name, "session": _decoded(head.get("Thread-Index", ""))}
    found["application"] = _decoded(head.get("X-Mailer") or head.get("User-Agent") or "")
    try:
        return {**found, "time": parsedate_to_datetime(str(head.get("Date")))}
    except (ValueError, TypeError, IndexError, OverflowError):
        return found


def _headers(part: Message, above: str) -> Iterator[Text]:
    items = part.items()
    for (name, nth), (_, value) in zip(numbered([k for k, _ in items]), items, strict=True):
        yield above + join(["headers", segment(name, nth)]), name, _decoded(value)


def _decoded(value: Any) -> str:
    """A header with its encoded words (RFC 2047) decoded."""
    text = str(value)
    try:
        words = decode_header(value)
        text = "".join(w if isinstance(w, str) else _text(w, c or "") for w, c in words)
    except (HeaderParseError, ValueError, LookupError):
        pass
    return scrub(text)


def _text(raw: bytes, charset: str) -> str:
    try:
        return scrub(raw.decode(charset or "utf-8"))
    except (UnicodeError, LookupError, ValueError):
        return scrub(decode(raw)[0])


def _is_enveloped(part: Message) -> bool:
    kind = str(part.get_param("smime-type", "enveloped-data")).lower()
    return part.get_content_type() in _SMIME and kind != "signed-data"


def _content(part: Message, number: int, above: str) -> Iterator[Text | Attachment | Sealed]:
    if part.is_multipart():
        for name, text in (("preamble", part.preamble), ("epilogue", part.epilogue)):
            if text and text.strip():
                yield above + join([name]), "", scrub(text)
        return
    raw, name = _payload(part), _filename(part)
    if name or part.get_content_maintype() != "text":
        if raw:
            yield Attachment(number, name or f"part.{part.get_content_subtype()}", raw)
        return
    yield from _body(_text(raw, str(part.get_content_charset() or "")), part, number, above)


def _body(
    text: str, part: Message, number: int, above: str
) -> Iterator[Text | Attachment | Sealed]:
    if _PGP in text:
        yield Sealed(number)
    if part.get_content_subtype() == "html":
        yield from _of_html(text, above)
    elif text:
        yield above + "/body", "", text
    if "\nend" in text:
        yield from (Attachment(number, name, raw) for name, raw in _uuencoded(text))


def _uuencoded(text: str) -> Iterator[tuple[str, bytes]]:
    """(name, content) of files that stand in a text as old programs send them."""
    name, found = "", list[bytes]()
    for line in text.splitlines():
        if begun := _UU.fullmatch(line):
            name, found = begun[1], []
        elif name and line == "end":
            yield name, b"".join(found)
            name = ""
        elif name:
            try:
                found.append(binascii.a2b_uu(line))
            except ValueError:  # it is no such file
                name = ""


def _payload(part: Message) -> bytes:
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        raw = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return raw if isinstance(raw, bytes) else b""


def _filename(part: Message) -> str:
    try:
        return _decoded(part.get_filename() or "").replace("\0", "")
    except (ValueError, LookupError, TypeError, UnicodeError):
        return "attachment"


def _of_html(text: str, above: str) -> Iterator[Text]:
    page = _Page()
    try:
        page.feed(text)
        page.close()
    except (AssertionError, ValueError):  # broken beyond what the parser forgives
        yield f"{above}/html", "", text
        return
    if shown := "".join(page.shown).strip():
        yield f"{above}/body", "", scrub(shown)
    for nth, (name, value) in enumerate(page.hidden):
        yield above + join(["html", str(nth)]), name, scrub(value)


class _Page(HTMLParser):
    """The text that a page shows; links and comments, which it does not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.hidden: list[tuple[str, str]] = []

    def handle_data(self, data: str) -> None:
        self.shown.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "p", "div", "tr", "li", "td", "th", "table", "h1", "h2", "h3"):
            self.shown.append("\n" if tag not in ("td", "th") else " ")
        self.hidden += [(k, v) for k, v in attrs if v and (k in _TELLING or k[:5] == "data-")]

    def handle_comment(self, data: str) -> None:
        self.hidden.append(("", data))

    def unknown_decl(self, data: str) -> None:
        self.hidden.append(("", data))
