"""Digests that say which rules, inputs and policy a report was made with."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scanner.model import InputRecord

# Packages whose version changes what is found.
_ENGINES = ("leakgate", "presidio-analyzer", "detect-secrets", "phonenumbers")


@dataclass(frozen=True, slots=True)
class Private:
    """The user's own rule folders and files; they may hold confidential terms.

    Their content goes into a digest under the deployment key only: a report's reader could
    guess a short list of names from a plain one.
    """

    folders: Sequence[Path]
    files: Sequence[Path]
    key: bytes = field(repr=False)


def of_rules(own: Path, private: Private, options: Mapping[str, Any]) -> str:
    """SHA-256 over every rule file's name and content, detector options and engine versions."""
    digest = hashlib.sha256()
    for path in _files(own):
        _add(digest, path.relative_to(own).as_posix(), hashlib.sha256(path.read_bytes()))
    listed = [(p.relative_to(f).as_posix(), p) for f in private.folders for p in _files(f)]
    for name, path in [*listed, *((p.name, p) for p in sorted(private.files))]:
        _add(digest, name, hmac.new(private.key, path.read_bytes(), "sha256"))
    settings = {"options": options, "versions": {name: _version(name) for name in _ENGINES}}
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def of_inputs(inputs: Iterable[InputRecord]) -> str:
    """SHA-256 over every input's name and content digest, in order of name."""
    digest = hashlib.sha256()
    for line in sorted(f"{i.uri}\0{i.member}\0{i.sha256}\0{i.status}\n" for i in inputs):
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def _add(digest: Any, name: str, content: Any) -> None:
    digest.update(f"{name}\0{content.hexdigest()}\n".encode("utf-8", "surrogateescape"))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
