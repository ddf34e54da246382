"""Digests that say which rules, inputs and policy a report was made with."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import scanner
from scanner import plugins
from scanner.model import InputRecord
from scanner.versions import version

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
    settings = {"options": options, "versions": {name: version(name) for name in _ENGINES}}
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def of_inputs(inputs: Iterable[InputRecord]) -> str:
    """SHA-256 over every input's name and content digest, in order of name."""
    digest = hashlib.sha256()
    for line in sorted(f"{i.uri}\0{i.member}\0{i.sha256}\0{i.status}\n" for i in inputs):
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def of_texts(*texts: str) -> str:
    """SHA-256 over some texts in order."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()


@cache
def of_program() -> str:
    """SHA-256 over what runs: Python, our own code, and the versions of all it stands on.

    The code itself takes part because that of a checkout changes without a new version.
    """
    package = Path(scanner.__file__).parent
    own = [p for p in _files(package) if p.suffix == ".py"]
    code = [f"{p.relative_to(package)} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in own]
    stands_on = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requires("leakgate") or ()]
    versions = [f"{name} {version(name)}" for name in sorted({*stands_on, *_ENGINES})]
    return of_texts(sys.version, *code, *versions)


def foreign_plugins() -> list[str]:
    """The plug-ins of other packages that take part in a scan, with digests of their files."""
    points = [
        p
        for f in ("detectors", "decoders", "sources", "recordings")
        for p in plugins.installed(_of(f))
    ]
    return sorted(f"{p.group} {p.name} {p.value} {_module_digest(p.module)}" for p in points)


def _of(family: str) -> str:
    return f"leakgate.{family}"


def _module_digest(module: str) -> str:
    """Of the module's file, and of those beside it where it is in a package."""
    spec = find_spec(module)
    if spec is None or not spec.origin:
        return ""
    path = Path(spec.origin)
    paths = _files(path.parent) if "." in module or path.stem == "__init__" else [path]
    code = [hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.suffix == ".py"]
    return of_texts(*code)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def _add(digest: Any, name: str, content: Any) -> None:
    digest.update(f"{name}\0{content.hexdigest()}\n".encode("utf-8", "surrogateescape"))
