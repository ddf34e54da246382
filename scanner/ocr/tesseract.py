"""Tesseract, through tesserocr: the extra `leakgate[ocr]` and Debian's `tesseract-ocr-eng`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scanner.ocr import Box, Eye, Line
from scanner.ocr._prepared import prepared, versions

TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"  # Debian's, of the package tesseract-ocr-eng
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
            self._show(grey, scale, self._one)
            text, sure = " ".join(self._api.GetUTF8Text().split()), self._api.MeanTextConf()
            if sure > surest:
                best, surest = text, sure
            if sure >= _SURE:
                break
        self._api.Clear()
        return best

    def lines(self, grey: Any) -> Iterator[Line]:
        self._show(grey, _SCALE, self._many)
        self._api.Recognize()
        for part, box in _parts(self._api.GetIterator(), self._library.RIL.TEXTLINE):
            text = " ".join(part.split())
            if text:
                yield Line(text, _unscaled(box))
        self._api.Clear()

    def _show(self, grey: Any, scale: float, mode: Any) -> None:
        self._api.SetPageSegMode(mode)
        self._api.SetImage(prepared(grey, scale, _MARGIN))
        self._api.SetSourceResolution(150)


def _parts(iterator: Any, level: Any) -> Iterator[tuple[str, Any]]:
    """Text and corners of each line that was recognised."""
    while iterator is not None:
        try:
            text, box = iterator.GetUTF8Text(level), iterator.BoundingBox(level)
        except RuntimeError:  # nothing was recognised
            return
        if box is not None:
            yield text, box
        if not iterator.Next(level):
            return


def _unscaled(box: tuple[int, int, int, int]) -> Box:
    left, top, right, bottom = (max(0, round(v / _SCALE) - _MARGIN) for v in box)
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def _language() -> Path:
    return Path(TESSDATA) / "eng.traineddata"


@cache
def _missing() -> bool:
    installed = all(find_spec(name) is not None for name in ("tesserocr", "PIL", "numpy"))
    return not installed or not _language().is_file()


class _Engine:
    rank = 1
    needs = "pip install leakgate[ocr], and the package tesseract-ocr-eng of the system"

    def missing(self) -> bool:
        return _missing()

    def version(self) -> str:
        """With the digest of the language data, which come from the system."""
        data = hashlib.sha256(_language().read_bytes()).hexdigest()
        return f"{versions('tesserocr', 'pillow')} {data}"

    def start(self) -> Eye:
        return _Tesseract()


plugin = _Engine()
