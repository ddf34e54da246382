"""HTML and XML: text as people see it, attributes and elements by their names, comments, scripts.

Text is that of a block: what stands in it in bold or in a link does not cut it.  No entity is
expanded but the characters of HTML, and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from scanner.batch import Place, UnitLog
from scanner.files.json_names import HOLDING, NAMING, label_by
from scanner.files.streams import blocks, open_text
from scanner.pointer import join, segment
from scanner.sources import Shard
from scanner.sources._texts import Found, Texts, armoured

_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,400}?-->\s*)?<(?:!doctype\s+\w|html[\s>]|\?xml\s|svg[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd",
     "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "tt", "u",
     "var", "wbr"}
)  # fmt: skip
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "source"})
_LONG_NAME = 12  # characters; a longer name of a tag may be no tag: `<ghp_...>`
_LONGEST = 4 << 20  # characters of one text
_LONGEST_NAME = 100
_VALUES = ("value", "string", "data", "content")
_FEED = 256 << 10


class Markup(Texts):
    """A record is a text, by its number; `/p`, `/a/@href`, `/#comment` say what it is."""

    name = "markup"
    suffixes = frozenset({".html", ".htm", ".xhtml", ".xml", ".svg"})

    def sniff(self, head: bytes) -> bool:
        return _START.match(head) is not None

    def texts(self, shard: Shard, log: UnitLog) -> Found:
        """All of the file: what is no markup after all is text as well."""
        yield from armoured(_numbered(_read(shard), log))


def _numbered(found: Iterator[tuple[str, str, str]], log: UnitLog) -> Found:
    for number, (field, label, text) in enumerate(found):
        log.records += 1
        yield Place(number, field, label), text


def _read(shard: Shard) -> Iterator[tuple[str, str, str]]:
    import codecs

    parser, decoder = _Parser(), codecs.getincrementaldecoder("utf-8")("replace")
    with open_text(shard) as stream:
        for block in blocks(stream):
            text = decoder.decode(block)
            for start in range(0, len(text), _FEED):
                parser.feed(text[start : start + _FEED])
                yield from parser.taken()
    parser.feed(decoder.decode(b"", True))
    parser.close()
    parser.rest()
    yield from parser.taken()


class _Parser(HTMLParser):
    """Gathers (field, label, text) as tags come."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found = list[tuple[str, str, str]]()
        self._parts, self._size, self._element = list[str](), 0, ""
        self._named, self._before = "", ("", "")  # by an attribute; the last leaf and its text

    def taken(self) -> list[tuple[str, str, str]]:
        """What was gathered since the last call."""
        found, self._found = self._found, []
        return found

    def rest(self) -> None:
        """What the parser has kept to itself: of a script that is not closed, all."""
        self.handle_data(self.rawdata)
        self.rawdata = ""
        self.end()

    def parse_endtag(self, i: int) -> int:
        """An end tag may have anything in it, which nobody is told of."""
        end = super().parse_endtag(i)
        if end > i + _LONG_NAME:
            self._add("#tag", "", self.rawdata[i:end])
        return end

    def end(self) -> None:
        """The text so far is whole."""
        text = "".join(self._parts)
        if text.strip():
            self._add(self._element, "", text)
        self._parts, self._size = [], 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\n")
        elif tag not in _INLINE:
            self.end()
            self._element = tag if tag not in _VOID else self._element
        if len(tag) >= _LONG_NAME:
            self._add("#tag", "", tag)
        self._named = _name_among(attrs)
        for name, value in attrs:
            if value:
                label = self._named if self._named and name in HOLDING else name
                self._found.append((join((segment(tag), segment(f"@{name}"))), label, value))
            if len(name) >= _LONG_NAME:
                self._add("#tag", "", name)

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE:
            return
        leaf = tag == self._element and tag not in _KNOWN
        text = "".join(self._parts)
        if leaf and text.strip():  # `<password>...</password>`
            self._add(tag, self._named or self._name_before(tag) or tag, text)
            self._before = tag, text.strip()
            self._parts, self._size = [], 0
        self.end()
        self._element = ""

    def _name_before(self, tag: str) -> str:
        """`<key>password</key><string>...</string>`, `<name>` and `<value>`, and their like."""
        names = self._before[0].endswith(("key", "name")) and tag.endswith(_VALUES)
        return self._before[1] if names and len(self._before[1]) <= _LONGEST_NAME else ""

    def handle_data(self, data: str) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size > _LONGEST:
            self.end()

    def handle_comment(self, data: str) -> None:
        self._add("#comment", "", data)

    def handle_decl(self, decl: str) -> None:
        self._add("#declaration", "", decl)

    def handle_pi(self, data: str) -> None:
        self._add("#instruction", "", data)

    def unknown_decl(self, data: str) -> None:
        """CDATA sections come here, with `CDATA[` before them."""
        self.handle_data(data.removeprefix("CDATA["))

    def _add(self, element: str, label: str, text: str) -> None:
        self._found.append((join((segment(element or "#text"),)), label, text))


_KNOWN = frozenset(
    {"html", "head", "body", "div", "p", "li", "td", "th", "tr", "h1", "h2", "h3", "h4", "h5", "h6",
     "pre", "title", "option", "button", "section", "article", "header", "footer", "nav", "main",
     "textarea", "script", "style", "blockquote", "dd", "dt", "figcaption", "caption", "summary"}
)  # fmt: skip


def _name_among(attrs: list[tuple[str, str | None]]) -> str:
    """The name that an attribute gives to its siblings and to the text of its element."""
    known = sorted((NAMING.index(name), name, value) for name, value in attrs if name in NAMING)
    return next((label for _, name, value in known if (label := label_by(name, value))), "")


plugin = Markup()
