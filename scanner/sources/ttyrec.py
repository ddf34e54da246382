"""Terminal recordings in binary frames: ttyrec, and `script -r` of FreeBSD and macOS."""

from __future__ import annotations

from scanner.batch import Place, UnitLog
from scanner.files.streams import open_shard
from scanner.sources import Shard
from scanner.sources._texts import Found, Texts
from scanner.sources._ttyrec import frames, header_of


class Ttyrec(Texts):
    """A record is a frame, and so is a value; `scanner.recordings.ttyrec` puts them together."""

    name = "ttyrec"
    suffixes = frozenset({".ttyrec", ".tty"})

    def sniff(self, head: bytes) -> bool:
        return header_of(head) is not None

    def texts(self, shard: Shard, log: UnitLog) -> Found:
        with open_shard(shard) as stream:
            for number, frame in enumerate(frames(stream)):
                log.records += 1
                text = frame.data.decode("utf-8", "replace").replace("\0", "")
                yield Place(number), text


plugin = Ttyrec()
