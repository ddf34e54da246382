"""Pictures and videos inside records: BLOBs and binary columns, base64 and data URIs in texts.

Screenshots of recorders stand in the very rows of their events.  Fields are those of the
picture with `/ocr/<line>/<x>,<y>,<width>x<height>` behind; without the extra `leakgate[ocr]`
(of videos `leakgate[video]`) each is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner import plugins
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.model import Part
from scanner.recordings import Peek, Plain
from scanner.recordings._picture_rows import may_hold, pictures
from scanner.recordings._pieces import Whole
from scanner.sources._seen import HEAD, source_of, suffix_of

_CHARS = 1 << 16


class _Pictures(Plain):
    general = True
    apart = True

    def recognises(self, peek: Peek) -> bool:
        """A picture stands in the samples, or in the first rows of a table."""
        try:
            return may_hold(peek)
        except UnreadableError:  # the source tells what is wrong with the file
            return False

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """The lines that pictures and videos show."""
        texts, places, chars = list[str](), list[Place](), 0
        for place, text in _shown(peek, log):
            texts.append(text)
            places.append(place)
            chars += len(text)
            if chars > _CHARS:
                yield TextBatch(text_array(texts), EachPlace(places))
                texts, places, chars = [], [], 0
        if texts:
            yield TextBatch(text_array(texts), EachPlace(places))


def _shown(peek: Peek, log: UnitLog) -> Iterator[tuple[Place, str]]:
    for row, prefix, path, data in pictures(peek):
        whole = Whole(prefix + str(row))
        try:
            source = plugins.load("sources", source_of(data[:HEAD]))
            for place, text in source.shown(data, log):
                yield Place(row, path + place.field, place.label, Part.TYPED, typed=whole), text
        except UnreadableError as error:
            log.problem(error.code, error.what, f"*.{suffix_of(data[:HEAD])}", error.hint, row)


plugin = _Pictures()
