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


def parse_yaml(text: str, where: str) -> list[Any]:
    """The documents of a YAML text, scalars as JSON would have them: times stay texts.

    Raises UnreadableError without quoting the text.
    """
    import yaml

    class Loader(yaml.CSafeLoader):
        """A safe loader with less."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, of) for tag, of in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return list(yaml.load_all(text, Loader))
    except (yaml.YAMLError, RecursionError, ValueError):
        raise UnreadableError("not valid YAML", where, "export it again", "grants.yaml") from None


class _RepeatedKeyError(Exception):
    """Raised while parsing; holds nothing of the text."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKeyError
    return found
