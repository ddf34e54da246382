"""Terminal sessions of ttyrec and of `script -r`: what was typed, and what the terminal showed.

Rows are frames, counted from 0, starts and ends of recordings aside.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import open_shard
from scanner.keystrokes.texts import Texts
from scanner.recordings import Peek, Plain
from scanner.recordings._terminal import Terminal
from scanner.sources._ttyrec import frames


class _Ttyrec(Plain):
    def recognises(self, peek: Peek) -> bool:
        """All that its source reads."""
        return peek.source == "ttyrec"

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, and the lines of the terminal as they ended."""
        texts = Texts()
        terminal = Terminal(texts)
        decoders = {code: getincrementaldecoder("utf-8")("replace") for code in "io"}
        with open_shard(peek.shard) as stream:
            try:
                for row, (code, time, data) in enumerate(frames(stream)):
                    take = terminal.input if code == "i" else terminal.output
                    take(decoders[code].decode(data), row, time)
                    if texts.full:
                        yield from texts.batches()
            except UnreadableError as error:
                log.problem(error.code, error.what, "", error.hint)
        terminal.end()
        yield from texts.batches()


plugin = _Ttyrec()
