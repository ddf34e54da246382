"""Tesseract, through tesserocr: the extra `leakgate[ocr]` and Debian's `tesseract-ocr-eng`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from scanner.ocr import Box, Eye, Line
from scanner.ocr._prepared import missing, prepared, versions
from scanner.ocr._spaces import Word, joined

TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"  # Debian's, of the package tesseract-ocr-eng
_PACKAGES = "tesserocr", "PIL", "numpy"
_MARGIN, _SCALE, _SECOND = 8, 2.0, 3.0
_TALL = 27  # pixels: letters of higher lines are large enough as they are
_SURE = 75  # per cent; what is read with less is looked at again


class _Tesseract:
    def __init__(self) -> None:
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # each worker has a core to itself
        library: Any = import_module("tesserocr")  # without types of its own
        modes = library.PSM
        self._library = library
        self._api = library.PyTessBaseAPI(path=TESSDATA, lang="eng", oem=library.OEM.LSTM_ONLY)
        self._api.SetVariable("debug_file", "/dev/null")
        self._one, self._many = modes.SINGLE_LINE, modes.SPARSE_TEXT

    def line(self, grey: Any) -> str:
        """The text; where it is unsure, that of a second look at another size."""
        best, surest = "", -1
        for scale in (_SCALE, _SECOND) if grey.shape[0] <= _TALL else (1.0, _SCALE):
            text = " ".join(text for text, _ in self._read(grey, scale, self._one))
            sure = self._api.MeanTextConf()
            if sure > surest:
                best, surest = text, sure
            if sure >= _SURE:
                break
        self._api.Clear()
        return best

    def lines(self, grey: Any) -> Iterator[Line]:
        for text, box in self._read(grey, _SCALE, self._many):
            yield Line(text, _unscaled(box))
        self._api.Clear()

    def _read(self, grey: Any, scale: float, mode: Any) -> Iterator[tuple[str, Any]]:
        """Text and corners of each line, in pixels of the prepared picture."""
        import numpy as np

        shown = prepared(grey, scale, _MARGIN)
        self._api.SetPageSegMode(mode)
        self._api.SetImage(shown)
        self._api.SetSourceResolution(150)
        self._api.Recognize()
        pixels = np.asarray(shown)
        for words, box in _lines(self._api.GetIterator(), self._library.RIL):
            text = joined(words, pixels)
            if text:
                yield text, box


def _lines(iterator: Any, levels: Any) -> Iterator[tuple[list[Word], Any]]:
    """The words of each line that was recognised, and its corners."""
    words, line = list[Word](), None
    while iterator is not None:
        try:
            text, box = iterator.GetUTF8Text(levels.WORD), iterator.BoundingBox(levels.WORD)
        except RuntimeError:  # nothing was recognised
            return
        line = iterator.BoundingBox(levels.TEXTLINE)
        if box is not None:
            words += [(part, box) for part in text.split()]
        if iterator.IsAtFinalElement(levels.TEXTLINE, levels.WORD):
            yield words, line
            words = []
        if not iterator.Next(levels.WORD):
            return


def _unscaled(box: tuple[int, int, int, int]) -> Box:
    left, top, right, bottom = (max(0, round(v / _SCALE) - _MARGIN) for v in box)
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def _language() -> Path:
    return Path(TESSDATA) / "eng.traineddata"


class _Engine:
    rank = 1
    needs = "pip install leakgate[ocr], and the package tesseract-ocr-eng of the system"

    def missing(self) -> bool:
        return missing(_PACKAGES, _language())

    def version(self) -> str:
        """With the digest of the language data, which come from the system."""
        data = hashlib.sha256(_language().read_bytes()).hexdigest()
        return f"{versions('tesserocr', 'pillow')} {data}"

    def start(self) -> Eye:
        return _Tesseract()


plugin = _Engine()
