"""The texts of an XML part of an office document (ECMA-376, ODF 1.3).

Text is that of a paragraph, put together from its runs: a word may be cut into several runs
where it was edited.  What was deleted with changes tracked, and the codes of fields, stand apart.
Attributes are texts of their own, except those that hold no text: numbers, colours, revision ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.batch import Place, UnitLog
from scanner.pointer import join, segment
from scanner.sources._texts import Found
from scanner.sources._xml import COMMENT, END, START, TEXT, Event

_BLOCKS = frozenset({"p", "h", "si", "comment", "text"})
_ASIDE = frozenset({"delText", "instrText", "delInstrText", "rPh", "f"})
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "s": " ", "noBreakHyphen": "-"}
_NO_TEXT = re.compile(
    r"[0-9A-Fa-f.%,+-]{0,12}|true|false|auto|none|[a-z]{1,4}|rId\d+|\{[\dA-F-]+\}"
)
_SILENT = re.compile(
    r"xmlns\b|xml:space|w:rsid|w14:|r:id$|r:embed$|style:|fo:|svg:|draw:style|draw:z"
)


def texts(events: Iterable[Event], log: UnitLog) -> Found:
    """Places are records by number: paragraphs and attributes in the order they stand in."""
    for number, (label, field, text) in enumerate(_found(events)):
        log.records += 1
        yield Place(number, field, label), text


def _found(events: Iterable[Event]) -> Iterator[tuple[str, str, str]]:
    blocks: list[_Block] = [_Block("")]
    for event in events:
        if event.kind == START:
            yield from _attributes(event)
            _opened(event, blocks)
        elif event.kind == END:
            done = _closed(event.name, blocks)
            if done is not None and done.text.strip():
                yield "", join([segment(done.name)]), done.text
        elif event.kind == TEXT:
            blocks[-1].parts.append(event.text)
        elif event.kind == COMMENT:
            yield "", "/#comment", event.text


class _Block:
    """Text that is being put together; `name` is the element that ends it."""

    def __init__(self, name: str) -> None:
        self.name, self.parts = name, list[str]()

    @property
    def text(self) -> str:
        return "".join(self.parts)


def _opened(event: Event, blocks: list[_Block]) -> None:
    inside = blocks[-1].name in _BLOCKS
    if event.name in _BLOCKS or event.name in _ASIDE:
        blocks.append(_Block(event.name))
    elif inside and event.name in _BREAKS:
        blocks[-1].parts.append(_BREAKS[event.name])
    elif not inside:
        blocks.append(_Block(event.name))


def _closed(name: str, blocks: list[_Block]) -> _Block | None:
    if len(blocks) > 1 and blocks[-1].name == name:
        return blocks.pop()
    return None


def _attributes(event: Event) -> Iterator[tuple[str, str, str]]:
    for name, value in event.attributes:
        if not _SILENT.match(name) and not _NO_TEXT.fullmatch(value):
            yield name.rpartition(":")[2], join([segment(event.name), segment(f"@{name}")]), value
