"""Files below the paths a person gives: directories, globs, symbolic links, special files."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from scanner.errors import UsageError
from scanner.model import InputStatus, Problem

_MAGIC = re.compile(r"[*?[]")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class File:
    """A regular file, or why what stands there cannot be scanned."""

    path: str
    uri: str
    size: int = 0
    status: InputStatus = InputStatus.SCANNED
    problem: Problem | None = None


def files(given: str) -> Iterator[File]:
    """The files that one argument means, in a fixed order; hidden ones too.

    Raises UsageError when there is nothing at that path.
    """
    if os.path.lexists(given):
        yield from _below(given)
        return
    if re.match("[a-zA-Z][a-zA-Z0-9+.-]+://", given):
        hint = "copy or mount it, and name the local path; `stores` in the policy says what it is"
        raise UsageError("only local paths are read", uri_of(given), hint)
    if not _MAGIC.search(given):
        raise UsageError("there is no such file or directory", uri_of(given), "check the path")
    none = True
    for file in _globbed(given):
        none = False
        yield file
    if none:
        hint = "check the pattern; quote it so that the shell leaves it alone"
        raise UsageError("no file matches the pattern", uri_of(given), hint)


def regular(path: str) -> File:
    """One path that should be a file; never opens what is not one."""
    uri = uri_of(path)
    try:
        status = os.stat(path)  # noqa: PTH116 - names that are not UTF-8 stay as they are
    except FileNotFoundError:
        return _failed(path, uri, "source.missing", "there is no such file")
    except OSError:
        return _failed(path, uri, "source.denied", "the path cannot be looked up")
    if not stat.S_ISREG(status.st_mode):
        hint = "move it out of the scanned directory"
        problem = Problem("source.special", "not a regular file", uri, hint)
        return File(path, uri, 0, InputStatus.SKIPPED, problem)
    return File(path, uri, status.st_size)


def uri_of(path: str) -> str:
    """What outputs call a path: as it was given, control characters percent-encoded."""
    text = os.fsencode(path).decode("utf-8", "replace").replace(os.sep, "/")
    return _CONTROL.sub(lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), text)


def _failed(path: str, uri: str, code: str, what: str) -> File:
    hint = "restore it, give the scan access to it, or take it out of the scanned paths"
    return File(path, uri, 0, InputStatus.FAILED, Problem(code, what, uri, hint))


def _below(path: str) -> Iterator[File]:
    if Path(path).is_dir():
        yield from _Walk().files(path)
    else:
        yield regular(path)


@dataclass(slots=True)
class _Walk:
    """A walk that enters each real directory once: links to directories come last."""

    entered: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def files(self, root: str) -> Iterator[File]:
        self.links.append(root)
        while self.links:
            yield from self._enter(self.links.pop(0))

    def _enter(self, folder: str) -> Iterator[File]:
        real = os.path.realpath(folder)
        if real in self.entered:
            return
        self.entered.add(real)
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - plain strings are wanted
        except OSError:
            yield _failed(folder, uri_of(folder), "source.denied", "the directory cannot be read")
            return
        for name in names:
            path = folder.rstrip("/") + "/" + name
            if not os.path.isdir(path):  # noqa: PTH112
                yield regular(path)
            elif os.path.islink(path):  # noqa: PTH114
                self.links.append(path)
            else:
                yield from self._enter(path)


def _globbed(pattern: str) -> Iterator[File]:
    """What a glob matches, and all below a directory that it matches.

    `**` is walked by us: the standard library would follow a loop of links for ages.
    """
    if "**" not in pattern.split("/"):
        for match in sorted(glob.glob(pattern, include_hidden=True)):  # noqa: PTH207
            yield from _below(match)
        return
    parts = pattern.split("/")
    fixed = next(i for i, part in enumerate(parts) if _MAGIC.search(part))
    root = "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else ".")
    prefix = 0 if fixed else 2  # "./" in front of what is found
    shape = [part for part in parts[fixed:] if part]
    for file in _Walk().files(root) if Path(root).is_dir() else ():
        inner = file.path[len(root) :].strip("/").split("/")
        if _fits(inner, shape):
            yield replace(file, path=file.path[prefix:], uri=file.uri[prefix:])


def _fits(parts: Sequence[str], shape: Sequence[str]) -> bool:
    """True when the path, or a directory above it, has this shape."""
    if not shape:
        return True
    if shape[0] == "**":
        return any(_fits(parts[i:], shape[1:]) for i in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], shape[0]) and _fits(parts[1:], shape[1:])
