"""What every engine does with a strip before it reads it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any


def prepared(grey: Any, scale: float, margin: int) -> Any:
    """The strip dark on light, with a margin of so many pixels, larger: a picture of Pillow."""
    import numpy as np
    from PIL import Image

    back = int(np.median(grey))
    padded = np.pad(grey, margin, constant_values=back)
    if back < 128:
        padded = 255 - padded
    image = Image.fromarray(padded)
    size = round(image.width * scale), round(image.height * scale)
    return image.resize(size, Image.Resampling.BICUBIC)


def versions(*packages: str) -> str:
    """Of installed packages, by name."""
    return " ".join(f"{name} {_version(name)}" for name in packages)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
