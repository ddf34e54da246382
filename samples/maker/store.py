"""A folder being filled, and the truth about what was put into it."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maker.text import Found, Text, plain


@dataclass
class Store:
    """Writes files below `root`; `found` collects every planted occurrence on the way."""

    root: Path
    found: list[Found] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, data: bytes, found: Iterable[Found] = ()) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(name, data))
        self.sizes[name] = nominal_size(name, data)
        self.found += [replace(f, file=name) for f in found]

    def add_lines(self, name: str, lines: Iterable[Text]) -> None:
        """A text file; the record of a planted value is its line."""
        rows = list(lines)
        found = [replace(f, record=i) for i, line in enumerate(rows) for f in line.found]
        self.add(name, "".join(f"{line.text}\n" for line in rows).encode(), found)

    def add_jsonl(self, name: str, records: Iterable[Any]) -> None:
        """JSON Lines; a record may be wrapped in `Escaped` to be written the hard way."""
        lines, found = [], []
        for i, record in enumerate(records):
            escaped = isinstance(record, Escaped)
            data, inside = plain(record.record if escaped else record)
            line = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
            lines.append(_hard(line) if escaped else line)
            found += [replace(f, record=i) for f in inside]
        self.add(name, "".join(f"{line}\n" for line in lines).encode(), found)


@dataclass(frozen=True)
class Escaped:
    """A record whose JSON is written with escapes that a line-based scanner trips over."""

    record: Any


def _hard(line: str) -> str:
    return line.replace("@", "\\u0040").replace("/", "\\/")


def packed(name: str, data: bytes) -> bytes:
    """The bytes as they lie on disk: compressed as the name says, without a time in them."""
    if name.endswith(".gz"):
        out = io.BytesIO()
        with gzip.GzipFile("", "wb", 9, out, mtime=0) as stream:
            stream.write(data)
        return out.getvalue()
    if name.endswith(".zst"):
        import zstandard

        return zstandard.ZstdCompressor(level=19).compress(data)
    return data


def nominal_size(name: str, data: bytes) -> int:
    """A size for the logs to quote, the same whatever libraries wrote the file."""
    if name.endswith((".parquet", ".arrow")):
        return 98_304
    return len(data) // 6 if name.endswith((".gz", ".zst")) else len(data)


def flat(rows: Iterable[Any]) -> tuple[list[Any], list[Found]]:
    """Rows as plain data, and what is planted in them by record number."""
    plains, found = [], []
    for i, row in enumerate(rows):
        data, inside = plain(row)
        plains.append(data)
        found += [replace(f, record=i) for f in inside]
    return plains, found


def clocks(start: int, count: int, step: int = 23_000) -> Iterator[int]:
    """Epoch milliseconds for a day's events, `step` apart on average and never equal."""
    for i in range(count):
        yield start + i * step + (i * 7919) % step
