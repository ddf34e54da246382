"""A Parquet file opened so that memory does not grow with its row groups."""

from __future__ import annotations

from functools import cache
from typing import Any

_TRAILER, _SIGNATURE = 8, 28  # bytes: length and mark at the end; nonce and tag before it
_READ = 1 << 20  # bytes of one read
_I32 = 0x15  # a 32-bit integer that is the next field: Thrift's compact protocol
PAGE = 256 << 20  # bytes; a larger page is not decoded: Arrow would need several times that


class Sealed(OSError):
    """A column is encrypted."""


class File:
    """Footer, schema and column reader.  Raises pyarrow.ArrowException on damage."""

    def __init__(self, source: Any) -> None:
        import pyarrow.parquet as pq

        self._source = source
        file = pq.ParquetFile(
            source,
            page_checksum_verification=True,
            buffer_size=_READ,  # with pre_buffer off: a column is never held whole
            pre_buffer=False,
        )
        self.metadata, self.schema, self.reader = file.metadata, file.schema_arrow, file.reader
        self._file = file  # closes the source when it goes
        widths = [_width(field.type) for field in self.schema]
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        self.leaves = [range(end - width, end) for end, width in zip(ends, widths, strict=True)]
        self._group = cache(self.metadata.row_group)
        self._sealed = cache(self._find_sealed)

    def group(self, number: int) -> Any:
        """What the footer says about a row group."""
        return self._group(number)

    def chunk(self, group: int, leaf: int) -> Any:
        """What the footer says about a column chunk; `column` of `group` may not be asked.

        Raises Sealed for an encrypted one, at which Arrow would end the process.
        """
        if leaf in self._sealed():
            raise Sealed
        return self._group(group).column(leaf)

    def chunks(self, group: int) -> list[Any]:
        """Of all columns that are not encrypted."""
        leaves = range(self.metadata.num_columns)
        return [self.chunk(group, leaf) for leaf in leaves if leaf not in self._sealed()]

    def _find_sealed(self) -> frozenset[int]:
        """Leaves that are encrypted; there are some only where the footer is signed."""
        self._source.seek(self._source.size() - _TRAILER)
        stored = int.from_bytes(self._source.read(4), "little")
        signed = stored - self.metadata.serialized_size == _SIGNATURE
        leaves = range(self.metadata.num_columns if signed and self.metadata.num_row_groups else 0)
        return frozenset(leaf for leaf in leaves if not self._opens(leaf))

    def _opens(self, leaf: int) -> bool:
        try:
            next(self.reader.iter_batches(1, row_groups=[0], column_indices=[leaf]), None)
        except OSError:
            return False
        return True

    def largest_page(self, group: int, index: int) -> int:
        """Decoded bytes of the largest page at the beginning of a column's leaves.

        That is the dictionary and the first page of values, which show how a writer cuts.
        """
        sizes = [0]
        for leaf in self.leaves[index]:
            about = self.chunk(group, leaf)
            if about.total_uncompressed_size > PAGE:
                starts = about.dictionary_page_offset, about.data_page_offset
                sizes += [self._page_size(start) for start in starts if start is not None]
        return max(sizes)

    def _page_size(self, start: int) -> int:
        """The first fields of a page header: its type, then its decoded size."""
        self._source.seek(start)
        head = self._source.read(32)
        at, values = 0, []
        for _ in range(2):
            if head[at : at + 1] != bytes([_I32]):
                return 0
            value, at = _varint(head, at + 1)
            values.append(value >> 1)
        return values[1]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, and where it ends."""
    value = shift = 0
    while at < len(data):
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, at


def _width(kind: Any) -> int:
    """How many leaf columns of the file a column has."""
    if hasattr(kind, "storage_type"):
        return _width(kind.storage_type)
    return sum(_width(kind.field(i).type) for i in range(kind.num_fields)) or 1
