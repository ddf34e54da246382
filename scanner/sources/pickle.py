"""Pickles, without unpickling: the strings, bytes and long numbers of their opcodes."""

from __future__ import annotations

import io
import re
from typing import Any

from scanner.batch import UnitLog
from scanner.files.streams import BLOCK, open_shard
from scanner.sources import Shard
from scanner.sources._pickled import texts
from scanner.sources._texts import Counted, Found, Texts

_STARTS = b"\x95}](c\x8cXKJMGNC\x8e\x8dB)\x89\x88\x8fUT\x8a"  # opcodes that a pickle begins with


_FIRST = re.compile(rb"(?:[}\]]|\(?c[\w.]{1,100}\n[\w.]{1,100}\n)q\x00", re.ASCII)


class Pickle(Texts):
    """A record is a text of the pickle, by its number; names of classes are metadata."""

    name = "pickle"
    suffixes = frozenset({".pkl", ".pickle", ".p"})

    def sniff(self, head: bytes) -> bool:
        """Protocols 2 to 5 by their mark, 1 by how it keeps its first object; 0 goes by suffix."""
        if _FIRST.match(head):
            return True
        return head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5" and head[2:3] in [*_bytes(_STARTS)]

    def texts(self, shard: Shard, log: UnitLog) -> Found:
        with open_shard(shard) as stream:
            raw: Any = Counted(stream) if shard.compression else stream
            buffered = raw if shard.compression else io.BufferedReader(raw, BLOCK)
            yield from texts(buffered, log)


def _bytes(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


plugin = Pickle()
