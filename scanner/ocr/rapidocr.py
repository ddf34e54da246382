"""RapidOCR: PP-OCR models that its wheel holds, run by ONNX Runtime: `leakgate[rapidocr]`."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scanner.errors import UnreadableError
from scanner.ocr import Box, Eye, Line
from scanner.ocr._prepared import missing, prepared, versions

_PACKAGES = "rapidocr", "onnxruntime", "cv2", "PIL", "numpy"
_FINDS, _READS = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_HEIGHT = 48  # pixels of a line, as the model was trained
_MARGIN = 3  # pixels around a line
_AROUND, _SCALE = 16, 2.0  # of a strip with many lines


class _Rapid:
    def __init__(self) -> None:
        os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
        logging.getLogger("RapidOCR").disabled = True  # it tells of every model it loads
        import_module("onnxruntime").set_default_logger_severity(4)
        import_module("cv2").setNumThreads(1)  # each worker has a core to itself
        library: Any = import_module("rapidocr")
        self._api = library.RapidOCR(params=_options())

    def line(self, grey: Any) -> str:
        found = self._read(prepared(grey, _HEIGHT / (grey.shape[0] + 2 * _MARGIN), _MARGIN), False)
        return " ".join(" ".join(found.txts or ()).split())

    def lines(self, grey: Any) -> Iterator[Line]:
        found = self._read(prepared(grey, _SCALE, _AROUND), True)
        texts, boxes = found.txts or (), () if found.boxes is None else found.boxes
        for part, corners in zip(texts, boxes, strict=True):
            text = " ".join(part.split())
            if text:
                yield Line(text, _unscaled(corners))

    def _read(self, picture: Any, many: bool) -> Any:
        import numpy as np

        pixels = np.asarray(picture.convert("RGB"))
        try:
            return self._api(pixels, use_det=many, use_cls=False, use_rec=True)
        except Exception:  # noqa: BLE001 - its message is a trace of what it was doing
            hint = "install leakgate[rapidocr] again, or choose `ocr: {engine: tesseract}`"
        raise UnreadableError("OCR gave up on a picture", "", hint, "source.ocr_failed")


def _unscaled(corners: Any) -> Box:
    x, y = (max(0, round(float(v) / _SCALE) - _AROUND) for v in corners.min(axis=0))
    right, bottom = (max(0, round(float(v) / _SCALE) - _AROUND) for v in corners.max(axis=0))
    return Box(x, y, max(1, right - x), max(1, bottom - y))


def _options() -> dict[str, Any]:
    """Models by their paths, so that none is looked for elsewhere; nothing resized or left out."""
    found, read = _models()
    one: dict[str, Any] = {
        f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")
    }
    return one | {
        "Det.model_path": str(found),
        "Rec.model_path": str(read),
        "Det.limit_side_len": 64,
        "Global.use_preprocess_img": False,
        "Global.use_cls": False,
        "Global.text_score": 0.0,
        "Global.log_level": "critical",
    }


def _models() -> list[Path]:
    spec = find_spec("rapidocr")
    folder = Path(spec.origin).parent / "models" if spec and spec.origin else Path()
    return [folder / name for name in (_FINDS, _READS)]


class _Engine:
    rank = 2
    needs = "pip install leakgate[rapidocr]"

    def missing(self) -> bool:
        return missing(_PACKAGES, *_models())

    def version(self) -> str:
        return versions("rapidocr", "onnxruntime", "opencv-python-headless", "pillow")

    def start(self) -> Eye:
        return _Rapid()


plugin = _Engine()
