"""Manifests: files that list the shards to scan, with the SHA-256 each must have."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

from scanner.errors import UsageError
from scanner.files.paths import uri_of

_LINE = re.compile(r"(?P<escaped>\\?)(?P<digest>[0-9A-Fa-f]{64}) [ *](?P<path>.+)", re.DOTALL)
_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


def manifest_path(given: str) -> str:
    """The manifest that an argument names, or "" when it names something else.

    `@list.txt`, or a name that ends in `.manifest` or `.sha256` or is `SHA256SUMS`.
    """
    if given.startswith("@") and not os.path.lexists(given):
        return given[1:]
    name = given.rpartition("/")[2]
    named_so = name.endswith((".manifest", ".sha256")) or name == "SHA256SUMS"
    return given if named_so and Path(given).is_file() else ""


def entries(path: str) -> Iterator[tuple[str, str]]:
    """(path, sha256 or "") of every line, the path relative to the working directory.

    Lines are as `sha256sum` writes them, or CSV with the columns path and sha256; a line
    with neither is a path alone.  Blank lines and lines that begin with # are left out.
    Raises UsageError when the manifest cannot be read or lists nothing.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError:
        raise UsageError("the manifest cannot be read", uri_of(path), "check the path") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        hint = "write one with: sha256sum FILES > my.manifest"
        raise UsageError("the manifest lists nothing", uri_of(path), hint)
    folder = path.rpartition("/")[0] or ("/" if path.startswith("/") else "")
    for listed, digest in _table(lines) if _is_table(lines[0]) else map(_plain, lines):
        yield os.path.join(folder, listed), digest.lower()  # noqa: PTH118 - keeps `./` as given


def _plain(line: str) -> tuple[str, str]:
    found = _LINE.fullmatch(line)
    if not found:
        return line.strip(), ""
    path = found["path"]
    if found["escaped"]:
        path = re.sub(r"\\[\\nr]", lambda m: _ESCAPES[m[0]], path)
    return path, found["digest"]


def _is_table(first: str) -> bool:
    cells = next(csv.reader([first]))
    heads = {cell.strip().lower() for cell in cells}
    return {"path", "sha256"} <= heads or (
        len(cells) == 2 and any(_DIGEST.fullmatch(cell.strip()) for cell in cells)
    )


def _table(lines: list[str]) -> Iterator[tuple[str, str]]:
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines) if row]
    heads = [cell.lower() for cell in rows[0]]
    if {"path", "sha256"} <= set(heads):
        path, digest = heads.index("path"), heads.index("sha256")
        rows = rows[1:]
    else:
        digest = next(i for i, cell in enumerate(rows[0]) if _DIGEST.fullmatch(cell))
        path = 1 - digest
    for row in rows:
        cells = [*row, "", ""]
        yield cells[path], cells[digest]
