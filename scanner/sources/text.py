"""Text: a record is a line, and so is a value.

A value covers more than its line where lines belong together, as those of an armoured block
(`-----BEGIN ...`); what is found in it is told by the lines it stands in.
`record_start` and `record_end` are the bytes of the value.  A line longer than 1 MiB is read in
overlapping pieces, and has no `record_end`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import BinaryIO

from scanner.batch import Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.streams import is_binary, open_text
from scanner.longvalues import Cutter, joined
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._lines import decode, no_text, units
from scanner.sources._pieces import Lines, Piece, Some, pieces
from scanner.sources._records import gone, span

_BATCH = 1 << 20  # bytes


class _Places:
    """Of pieces, and of lines that are kept together until one of them is asked for."""

    def __init__(self, batch: Sequence[Some], sizes: Iterable[int]) -> None:
        self._batch, self._ends = batch, list(accumulate(sizes))
        self._apart: dict[int, Sequence[Piece]] = {}

    def __len__(self) -> int:
        return self._ends[-1]

    def of(self, row: int) -> Iterator[Place]:
        piece = self._piece(row)
        if piece.whole >= 0:
            yield Place(piece.line, record_start=piece.whole)
        else:
            end = piece.start + len(piece.raw)
            lines = piece.raw if piece.last_line > piece.line and _is_utf8(piece.raw) else b""
            yield Place(piece.line, record_start=piece.start, record_end=end, lines=lines)

    def _piece(self, row: int) -> Piece:
        at = bisect_right(self._ends, row)
        if at not in self._apart:
            self._apart[at] = _apart(self._batch[at])
        return self._apart[at][row - self._ends[at]]  # counted from the end

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        yield "", range(len(self))


def _apart(some: Some) -> Sequence[Piece]:
    return some.values() if isinstance(some, Lines) else [some]


def _is_utf8(raw: bytes) -> bool:
    return not decode(raw)[1]


class Text:
    """Anything that is text and no format of its own: prose, logs, code, configuration."""

    suffixes = frozenset({".txt", ".md", ".log", ".text", ".markdown", ".rst"})

    def sniff(self, head: bytes) -> bool:  # noqa: ARG002
        return False  # any text could be this

    def units(self, shard: Shard) -> Iterator[Unit]:
        return units(shard, "text")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        batch, size, cutter = list[Some](), 0, Cutter()
        try:
            for piece in _read(unit, log):
                if isinstance(piece, Piece) and piece.whole >= 0:
                    if batch:
                        yield _texts(batch, log)
                    batch, size = [], 0
                    cutter = cutter if piece.start > piece.whole else Cutter()
                    yield _part(piece, cutter, log)
                    continue
                batch.append(piece)
                size += len(piece.raw)
                if size >= _BATCH:
                    yield _texts(batch, log)
                    batch, size = [], 0
        except UnreadableError:
            if batch:
                yield _texts(batch, log)
            raise
        if batch:
            yield _texts(batch, log)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:  # noqa: ARG002
        if location.record_start is None:
            raise gone(location)
        with open_text(shard) as stream:
            if location.record_end is not None:
                return decode(span(stream, location))[0]
            return joined(_long_line(stream, location))


def _long_line(stream: BinaryIO, location: Location) -> Iterator[TextBatch]:
    cutter, start = Cutter(), location.record_start or 0
    for piece in pieces(stream, start, None, location.record or 0):
        if isinstance(piece, Lines) or piece.whole != start:
            return
        yield _part(piece, cutter, UnitLog())


def _read(unit: Unit, log: UnitLog) -> Iterator[Some]:
    records, size = log.records - unit.first_record, log.bytes - unit.start
    with open_text(unit.shard) as stream:
        for some in pieces(stream, unit.start, unit.stop, unit.first_record):
            log.records = records + some.last_line + 1
            log.bytes = size + some.start + len(some.raw)
            yield some


def _texts(batch: Sequence[Some], log: UnitLog) -> TextBatch:
    try:  # most often all of it is UTF-8
        texts = [_plain(some) for some in batch]
    except UnicodeDecodeError:
        texts = [[_decoded(piece, log) for piece in _apart(some)] for some in batch]
    values = text_array(list(chain.from_iterable(texts)))
    return TextBatch(values, _Places(batch, map(len, texts)))


def _plain(some: Some) -> list[str]:
    """The values of text.  Raises UnicodeDecodeError for what is none, or is not UTF-8."""
    if b"\0" in some.raw:
        raise UnicodeDecodeError("utf-8", b"", 0, 0, "no text")
    return some.texts() if isinstance(some, Lines) else [some.raw.decode("utf-8")]


def _part(piece: Piece, cutter: Cutter, log: UnitLog) -> TextBatch:
    """The batch of one piece of a long line."""
    text, tail = _decoded(piece, log), piece.raw[len(piece.raw) - piece.shared :]
    alike = len(text) == len(piece.raw)  # a byte a character
    shared = len(tail) if alike else len(decode(tail)[0])
    known = [cutter.take(len(text), shared)]
    return TextBatch(text_array([text]), _Places([piece], [1]), pieces=known)


def _decoded(piece: Piece, log: UnitLog) -> str:
    text, guessed = decode(piece.raw)
    if is_binary(piece.raw):
        no_text(log, piece.line)
    elif guessed:
        what = "lines that are not UTF-8 were read as Windows-1252"
        log.problem("note.encoding", what, record=piece.line)
    return text


plugin = Text()
