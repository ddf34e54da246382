"""Files of sorted JSON Lines that two branches may add to: the baseline and the exceptions.

The first line names the version of the file and the deployment key whose fingerprints it holds;
each other line is one entry.  Lines that two branches add to a short file stand side by side,
where git would see a conflict, so beside a file in a repository `.gitattributes` says that the
lines of both are kept (`merge=union`).  The header may then stand there twice, which is no harm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.errors import UsageError

Row = tuple[str, Mapping[str, Any]]  # where it stands, and what it says


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: what it is called, the key of its header, and how it is made anew."""

    name: str
    header: str
    version: int
    again: str

    def head(self, key_id: str) -> dict[str, object]:
        return {self.header: self.version, "key_id": key_id}

    def rows(self, path: Path, key_id: str) -> list[Row]:
        """The entries of a file made with that key.

        Raises UsageError when it cannot be read, is no such file, or is of another key.
        """
        found = [(f"{path}, line {n}", line) for n, line in enumerate(self._lines(path), 1)]
        rows = [(where, self._object(line, where)) for where, line in found if line.strip()]
        if not rows or not self._is_head(rows[0][1]):
            what = f"this is not a leakgate {self.name} of version {self.version}"
            raise UsageError(what, f"{path}, line 1", self.again)
        for row in (row for _, row in rows if self._is_head(row)):
            self._same_key(str(row["key_id"]), key_id, path)
        return [(where, row) for where, row in rows if not self._is_head(row)]

    def _is_head(self, row: Mapping[str, Any]) -> bool:
        return row.get(self.header) == self.version and isinstance(row.get("key_id"), str)

    def _same_key(self, made_with: str, key_id: str, path: Path) -> None:
        if made_with != key_id:
            what = f"the {self.name} was made with key {made_with}, this run uses key {key_id}"
            hint = f"give the same key (LEAKGATE_KEY, --key-file), or {self.again}"
            raise UsageError(what, str(path), hint)

    def _lines(self, path: Path) -> list[str]:
        try:
            return path.read_text("utf-8-sig").splitlines()
        except OSError as error:
            what = f"the {self.name} cannot be read: {error.strerror or 'no reason given'}"
            raise UsageError(what, str(path), f"correct the path, or {self.again}") from None
        except UnicodeDecodeError:
            raise UsageError(f"the {self.name} is not UTF-8 text", str(path), self.again) from None

    def _object(self, line: str, where: str) -> Mapping[str, Any]:
        row = None
        with suppress(ValueError, RecursionError):
            row = json.loads(line)
        if not isinstance(row, dict):
            hint = f"resolve the merge conflict there, if it is one, or {self.again}"
            raise UsageError(f"this line of the {self.name} is not a JSON object", where, hint)
        return row


def let_git_merge(path: Path) -> Path | None:
    """Say in `.gitattributes` how git merges a file; the path of it where that is new."""
    folder = path.absolute().parent
    if not any((up / ".git").exists() for up in (folder, *folder.parents)):
        return None
    file = folder / ".gitattributes"
    try:
        known = file.read_text("utf-8") if file.exists() else ""
        if path.name in _named(known) or not re.fullmatch(r"[\w.-]+", path.name):
            return None
        with file.open("a", encoding="utf-8") as out:
            out.write("\n" * (known[-1:] not in ("", "\n")) + f"{path.name} merge=union\n")
    except (OSError, UnicodeDecodeError):  # it is a comfort: nothing depends on it
        return None
    return file


def _named(attributes: str) -> Iterator[str]:
    """The patterns of a `.gitattributes` that say something about merging."""
    for line in attributes.splitlines():
        pattern, *said = line.split() or [""]
        if any(word.lstrip("-").startswith(("merge", "binary")) for word in said):
            yield pattern
