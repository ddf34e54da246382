"""Digests that say which rules, inputs and policy a report was made with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scanner.model import InputRecord

# Packages whose version changes what is found.
_ENGINES = ("leakgate", "presidio-analyzer", "detect-secrets", "phonenumbers")


def of_rules(folders: Iterable[Path], files: Iterable[Path], options: Mapping[str, Any]) -> str:
    """SHA-256 over every rule file's name and content, detector options and engine versions."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            _file(digest, path.relative_to(folder).as_posix(), path)
    for path in sorted(files):
        _file(digest, path.name, path)
    settings = {"options": options, "versions": {name: _version(name) for name in _ENGINES}}
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def of_inputs(inputs: Iterable[InputRecord]) -> str:
    """SHA-256 over every input's name and content digest, in order of name."""
    digest = hashlib.sha256()
    for line in sorted(f"{i.uri}\0{i.member}\0{i.sha256}\0{i.status}\n" for i in inputs):
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _file(digest: Any, name: str, path: Path) -> None:
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    digest.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
