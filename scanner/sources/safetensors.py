"""Headers of safetensors files: metadata, and the names of tensors.  Weights are not searched."""

from __future__ import annotations

from scanner.batch import Place, UnitLog
from scanner.errors import UnreadableError
from scanner.files.json_parse import NotJson, parse
from scanner.files.json_walk import Walker
from scanner.files.streams import open_shard
from scanner.model import Part
from scanner.sources import Shard
from scanner.sources._texts import Counted, Found, Texts

_LONGEST = 100_000_000  # bytes, the format's own limit


class SafeTensors(Texts):
    """One record: the header.  `__metadata__` is metadata, tensors have names."""

    name = "safetensors"
    suffixes = frozenset({".safetensors"})

    def sniff(self, head: bytes) -> bool:
        return 2 <= int.from_bytes(head[:8], "little") <= _LONGEST and head[8:10] == b'{"'

    def texts(self, shard: Shard, log: UnitLog) -> Found:
        with open_shard(shard) as opened:
            stream = Counted(opened)
            size = int.from_bytes(stream.read(8), "little")
            data = stream.read(min(size, _LONGEST))
            while stream.read(1 << 20):
                pass  # a compressed file must be whole
        log.records += 1
        walker = Walker()
        try:
            if len(data) < size:
                raise NotJson
            walker.walk(parse(data.decode("utf-8", "replace")))
        except NotJson:
            hint = "write the file again from its origin"
            what = "the header of the safetensors file is damaged or cut off"
            raise UnreadableError(what, "", hint, "source.corrupt") from None
        for text, spot in zip(walker.texts, walker.spots, strict=True):
            yield Place(0, spot.field, spot.label, spot.part), text
        for key, spot, _ in walker.members():
            yield Place(0, spot.field, "", Part.KEY), key
        log.problem("note.tensors", "the numbers of tensors were not searched for text")


plugin = SafeTensors()
