"""Decodes a file and does nothing else: what any scanner of decoded values has to pay."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path


def lines(path: str) -> Iterator[bytes]:
    if path.endswith(".zst"):
        import io

        import zstandard

        with Path(path).open("rb") as file:
            yield from io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file), 1 << 20)
    else:
        with Path(path).open("rb", 1 << 20) as file:
            yield from file


def main(path: str) -> None:
    if path.endswith(".parquet"):
        import pyarrow.parquet as pq

        for _ in pq.ParquetFile(path).iter_batches(16 << 10, use_threads=False):
            pass
        return
    import msgspec

    decode = msgspec.json.Decoder().decode
    for line in lines(path):
        decode(line)


main(sys.argv[1])
