"""Text: a record is a line, and so is a value.

A value covers more than its line where lines belong together, as those of an armoured block
(`-----BEGIN ...`); what is found in it is told by the lines it stands in.
`record_start` and `record_end` are the bytes of the value.  A line longer than 1 MiB is read in
overlapping pieces, and has no `record_end`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from scanner.batch import Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.streams import is_binary, open_text
from scanner.longvalues import Cutter, joined
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._lines import decode, no_text, units
from scanner.sources._pieces import Piece, pieces
from scanner.sources._records import gone, span

_BATCH = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class _PiecePlaces:
    pieces: Sequence[Piece]

    def __len__(self) -> int:
        return len(self.pieces)

    def of(self, row: int) -> Iterator[Place]:
        piece = self.pieces[row]
        if piece.whole >= 0:
            yield Place(piece.line, record_start=piece.whole)
        else:
            end = piece.start + len(piece.raw)
            lines = piece.raw if piece.last_line > piece.line and _is_utf8(piece.raw) else b""
            yield Place(piece.line, record_start=piece.start, record_end=end, lines=lines)

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        yield "", range(len(self.pieces))


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
        batch, size, cutter = list[Piece](), 0, Cutter()
        try:
            for piece in _read(unit, log):
                if piece.whole >= 0:
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
        if piece.whole != start:
            return
        yield _part(piece, cutter, UnitLog())


def _read(unit: Unit, log: UnitLog) -> Iterator[Piece]:
    records, size = log.records - unit.first_record, log.bytes - unit.start
    with open_text(unit.shard) as stream:
        for piece in pieces(stream, unit.start, unit.stop, unit.first_record):
            log.records = records + piece.last_line + 1
            log.bytes = size + piece.start + len(piece.raw)
            yield piece


def _texts(batch: Sequence[Piece], log: UnitLog) -> TextBatch:
    joined = b"\0".join([piece.raw for piece in batch])
    try:  # most often all of it is UTF-8, which one look tells
        texts = joined.decode("utf-8").split("\0")
    except UnicodeDecodeError:
        texts = []
    if len(texts) != len(batch):  # not UTF-8, or no text
        texts = [_decoded(piece, log) for piece in batch]
    return TextBatch(text_array(texts), _PiecePlaces(batch))


def _part(piece: Piece, cutter: Cutter, log: UnitLog) -> TextBatch:
    """The batch of one piece of a long line."""
    text, tail = _decoded(piece, log), piece.raw[len(piece.raw) - piece.shared :]
    alike = len(text) == len(piece.raw)  # a byte a character
    shared = len(tail) if alike else len(decode(tail)[0])
    known = [cutter.take(len(text), shared)]
    return TextBatch(text_array([text]), _PiecePlaces([piece]), pieces=known)


def _decoded(piece: Piece, log: UnitLog) -> str:
    text, guessed = decode(piece.raw)
    if is_binary(piece.raw):
        no_text(log, piece.line)
    elif guessed:
        what = "lines that are not UTF-8 were read as Windows-1252"
        log.problem("note.encoding", what, record=piece.line)
    return text


plugin = Text()
