"""Jupyter notebooks: sources and outputs of cells as whole texts, not as the lists of their lines.

A key that spans lines is one text then.  All else in the notebook is read as JSON is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.json_parse import NotJson, parse, scrub
from scanner.files.streams import open_text, read_up_to
from scanner.model import Location, Part
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._schema import text_in_batches
from scanner.sources._values import Values

_HEAD = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*\n\s*"(?:cells|metadata|nbformat|nbformat_minor|worksheets)"\s*:'
)
_CELLS = re.compile(rb'"(?:cell_type|nbformat|kernelspec)"\s*:')
_LARGEST = 256 << 20  # bytes


class Notebook:
    """A record is a cell, by its number; the rest of the notebook is the record behind them."""

    suffixes = frozenset({".ipynb"})

    def sniff(self, head: bytes) -> bool:
        return _HEAD.match(head) is not None and _CELLS.search(head) is not None

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "ipynb")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        text = _read(unit.shard)
        records = Values(log)
        try:
            parts = _parts(parse(text, lossy=True))
        except NotJson as error:
            log.records += 1
            log.bad_record("record.invalid", str(error), 0, "its raw text was scanned")
            yield TextBatch(text_array([text]), EachPlace([Place(0, part=Part.RAW)]))
            return
        for number, part in enumerate(parts):
            records.take_parsed(number, part, len(text) // len(parts))
            if records.full:
                yield from records.batches()
        yield from records.batches()

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        batches = self.batches(Unit(shard, "ipynb"), UnitLog())
        return text_in_batches(batches, location, named)


def _read(shard: Shard) -> str:
    with open_text(shard) as stream:
        data = read_up_to(stream, _LARGEST + 1)
        if len(data) > _LARGEST:
            hint = "clear the outputs of the notebook, or split it"
            raise UnreadableError("the notebook is too large", "", hint, "source.too_large")
        stream.read(1)  # raises what ended it
    return scrub(data.decode("utf-8-sig", "replace"))


def _parts(document: Any) -> list[Any]:
    """The cells, and the notebook without them."""
    cells, rest = list[Any](), list[Any]()
    for pair in document if isinstance(document, tuple) else ():
        if pair[0] == "cells" and isinstance(pair[1], list):
            cells += [_joined(cell) for cell in pair[1]]
        else:
            rest.append((pair[0], _joined(pair[1])))
    return [*cells, tuple(rest) if isinstance(document, tuple) else document]


def _joined(node: Any) -> Any:
    """The same, with each list of nothing but lines as one text."""
    if isinstance(node, tuple):
        return tuple((key, _joined(value)) for key, value in node)
    if isinstance(node, list) and node and all(isinstance(item, str) for item in node):
        return _text(node)
    return [_joined(item) for item in node] if isinstance(node, list) else node


def _text(lines: list[str]) -> str:
    """Lines have their breaks; those of tracebacks have none."""
    broken = any(line.endswith("\n") for line in lines[:-1])
    return ("" if broken else "\n").join(lines)


plugin = Notebook()
