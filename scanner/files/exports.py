"""Reading export files: limits, encodings, and JSON errors that quote nothing."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_text, stored_at

MAX_BYTES = 256 * 1024 * 1024


def read_text(path: Path) -> str:
    """The whole file as text: UTF-8 or UTF-16, plain or compressed.

    Raises UnreadableError when it is missing, damaged, too large, or not text.
    """
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"the export is not UTF-8 text (byte {error.start})",
            str(path),
            "save it as UTF-8",
            "grants.encoding",
        ) from None


def _bytes(path: Path) -> bytes:
    try:
        with open_text(stored_at(path)) as stream:
            data = b"".join(islice(blocks(stream), (MAX_BYTES >> 20) + 1))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableError(
            f"the export cannot be opened: {reason}", str(path), "check path and permissions"
        ) from None
    if len(data) > MAX_BYTES:
        raise UnreadableError(
            f"the export is larger than {MAX_BYTES >> 20} MiB",
            str(path),
            "split it into several files",
            "grants.too_large",
        )
    return data


def parse_json(text: str, where: str) -> Any:
    """The JSON value of a text.

    An object that names a key twice is refused: readers disagree on which one counts.
    Raises UnreadableError without quoting the text.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        what = f"not valid JSON at line {error.lineno}, column {error.colno}"
    except _RepeatedKeyError:
        what = "a JSON object names one key twice"
    except (RecursionError, ValueError):
        what = "the JSON is nested too deep or holds a number too long to read"
    raise UnreadableError(what, where, "export it again", "grants.invalid_json")


class _RepeatedKeyError(Exception):
    """Raised while parsing; holds nothing of the text."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKeyError
    return found
