"""The shard before: what was typed in a session may go on from one shard to the next.

Files of one series lie in one folder, or in one folder of an archive, and have one name but for its
numbers (`part-00001.jsonl`, `keys-2026-10-05.csv.gz`).  Rows of the one before are counted from
its end, as -1, -2, ...
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect_left
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_text, read_up_to, skip_to
from scanner.sources import Shard

_TAIL = 64 << 10  # decompressed bytes
_SERIES = 32  # of an archive whose ends are remembered
_PACKED = 8 << 20  # stored bytes of a compressed file that is read to its end
_DIGITS = re.compile(r"(\d+)")

Endings = dict[Any, list[Any]]  # what `Recording.ending` gives, by the recording
Name = tuple[tuple[str, ...], tuple[int, ...]]  # what is between the numbers, and the numbers


def before(shard: Shard) -> Shard | None:
    """The file before this one in its series; that of a member is known to `Series`."""
    if shard.member:
        return None
    path = Path(shard.path)
    try:
        names = _series(str(path.parent), path.parent.stat().st_mtime_ns)
        shape, numbers = _name(path.name)
        series = names.get(shape, ())
        nth = bisect_left(series, (numbers, ""))
        other = path.parent / series[nth - 1][1] if numbers and nth > 0 else None
        if other is None or other.is_symlink():
            return None
        size = other.stat().st_size
    except OSError:
        return None
    return replace(shard, path=str(other), size=size, expected_sha256="")


def _name(name: str) -> Name:
    parts = _DIGITS.split(name)
    return tuple(parts[::2]), tuple(int(digits[:30]) for digits in parts[1::2])


@lru_cache(maxsize=8)
def _series(folder: str, changed: int) -> dict[tuple[str, ...], list[tuple[tuple[int, ...], str]]]:
    """The files of a folder by the shape of their names, in order of their numbers."""
    del changed
    found: dict[tuple[str, ...], list[tuple[tuple[int, ...], str]]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            shape, numbers = _name(entry.name)
            if numbers and entry.is_file(follow_symlinks=False):
                found.setdefault(shape, []).append((numbers, entry.name))
    for series in found.values():
        series.sort()
    return found


class Series:
    """What the members of an archive end with, of each series the last that was read."""

    def __init__(self) -> None:
        self._ended: OrderedDict[tuple[str, ...], tuple[tuple[int, ...], Endings]] = OrderedDict()

    def before(self, member: str) -> Endings:
        """How the member before this one ended; empty where it was not read before it."""
        shape, numbers = _member(member)
        last, endings = self._ended.get(shape, (numbers, {}))
        return endings if last < numbers else {}

    def add(self, member: str, endings: Endings) -> None:
        """This is how a member ended."""
        shape, numbers = _member(member)
        last, known = self._ended.get(shape, (numbers, {}))
        self._ended[shape] = numbers, {**known, **endings} if last == numbers else endings
        self._ended.move_to_end(shape)
        if len(self._ended) > _SERIES:
            self._ended.popitem(last=False)


def _member(name: str) -> Name:
    folder, _, file = name.rpartition("/")
    shape, numbers = _name(file)
    return (folder, *shape), numbers


def lines(shard: Shard) -> list[bytes]:
    """The last whole lines of a file, with their ends: the last may have none."""
    try:
        with open_text(shard) as stream:
            if not shard.compression and stream.seekable():
                skip_to(stream, max(0, shard.size - _TAIL))
                data = read_up_to(stream, _TAIL)
            elif shard.size <= _PACKED:
                data = b"".join(deque(blocks(stream), maxlen=2))[-_TAIL:]
            else:
                return []
    except (UnreadableError, OSError):
        return []
    found = [line + b"\n" for line in data.split(b"\n")[1 if len(data) >= _TAIL else 0 :]]
    if found:
        found[-1] = found[-1][:-1]
    return found if found and found[-1].strip() else found[:-1]


def state(ending: list[Any]) -> str:
    """Tells one end of the shard before from another."""
    return hashlib.blake2b(repr(ending).encode(), digest_size=16).hexdigest() if ending else ""


def numbered(items: list[Any]) -> Iterator[tuple[int, Any]]:
    """Counted from the end."""
    yield from ((nth - len(items), item) for nth, item in enumerate(items))
