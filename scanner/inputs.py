"""From the paths a person gives to shards, and from a location back to its text."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from scanner import decoders, formats, plugins, rereading
from scanner.errors import UnreadableError
from scanner.files import manifest
from scanner.files.paths import File, files, regular
from scanner.files.streams import (
    BLOCK,
    COMPRESSIONS,
    HEAD,
    compression_of,
    head_of,
    open_shard,
    stored_stream,
)
from scanner.formats import source_for
from scanner.model import InputStatus, Location, Part, Problem
from scanner.pointer import Named
from scanner.sources import Shard, Source

__all__ = ["Unusable", "discover", "open_shard", "sha256_of", "source_for", "text_at", "value_at"]

# A text inside layers of decoding stands in a base of one of these parts.
_BASES = (
    Part.VALUE,
    Part.RAW,
    Part.METADATA,
    Part.NAME,
    Part.KEY,
    Part.STATISTICS,
    Part.TYPED,
)


@dataclass(frozen=True, slots=True)
class Unusable:
    """An input that is not scanned, and why."""

    uri: str
    status: InputStatus
    problem: Problem


def discover(paths: Sequence[str], ledger: Path | None = None) -> Iterator[Shard | Unusable]:
    """The shards below files, directories, globs and manifests, in a fixed order.

    Directories are walked whole, hidden files included; each file comes once.  What cannot
    be used comes as a value.  `ledger` is where this very run keeps what it finds: that folder
    is no data, unless a path names what lies in it.  Raises UsageError, before anything is
    yielded, for a path that does not exist and for a manifest that cannot be read.
    """
    found: dict[str, tuple[File, str]] = {}
    own = f"{os.path.abspath(ledger)}{os.sep}" if ledger else ""  # noqa: PTH100
    for given in paths:
        named = bool(own) and f"{os.path.abspath(given)}{os.sep}".startswith(own)  # noqa: PTH100
        for file, digest in _files(given):
            place = os.path.abspath(file.path)  # noqa: PTH100 - links are files of their own
            if own and place.startswith(own) and not named:
                continue
            first, known = found.setdefault(place, (file, digest))
            if digest and not known:  # named twice, and once with its digest
                found[place] = first, digest
    return (_shard(file, digest) for file, digest in found.values())


def sha256_of(shard: Shard) -> str:
    """The SHA-256 of the stored bytes, as lower-case hex."""
    digest = hashlib.sha256()
    with stored_stream(shard.path) as stored:
        while block := stored.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def text_at(shard: Shard, location: Location, named: Named) -> str:
    """The whole decoded text in which `location.start` and `end` are counted.

    `named` is how keys were shown when the location was made.  Raises UnreadableError when
    the shard has changed and the place is gone.
    """
    if not location.layers:
        return _value_at(shard, location, named)
    for part in _BASES:
        try:
            text = _value_at(shard, replace(location, part=part), named)
            return decoders.resolve(text, location.layers, named)
        except UnreadableError as error:
            gone = error
    raise gone


def _value_at(shard: Shard, location: Location, named: Named) -> str:
    name = source_for(shard)
    if location.part is Part.TYPED and not location.member:
        return rereading.text_at(shard, name, location)
    source: Source = plugins.load("sources", name)
    return source.value_at(shard, location, named)


def value_at(shard: Shard, location: Location, named: Named) -> str:
    """The text of a location.  Raises as `text_at` does."""
    return text_at(shard, location, named)[location.start : location.end]


def _files(given: str) -> Iterator[tuple[File, str]]:
    listing = manifest.manifest_path(given)
    if listing:
        for path, digest in manifest.entries(listing):
            yield regular(path), digest
        if not given.startswith("@"):  # a shell's glob may have met a list among the data
            yield regular(listing), ""
    else:
        for file in files(given):
            yield file, ""


def _shard(file: File, digest: str) -> Shard | Unusable:
    if file.problem:
        return Unusable(file.uri, file.status, file.problem)
    try:
        with Path(file.path).open("rb") as stored:
            head = stored.read(HEAD)
    except OSError:
        return _unusable(file, "source.denied", "the file cannot be read", "give the scan access")
    suffix, claimed = _suffix(file.path)
    compression = compression_of(head)
    if claimed and compression != claimed:
        hint = "fetch or compress the file again, or rename it to what it is"
        what = f"the file is named as {claimed} but holds no {claimed} data"
        return _unusable(file, "source.corrupt", what, hint)
    shard = Shard(file.path, file.uri, suffix, compression, file.size, "", digest)
    try:
        formats.source_of(head_of(shard) if compression else head, shard)
    except UnreadableError as error:
        return _unusable(file, error.code, error.what, error.hint)
    return shard


def _unusable(file: File, code: str, what: str, hint: str) -> Unusable:
    problem = Problem(code, what, file.uri, hint)
    status = InputStatus.SKIPPED if problem.is_skip else InputStatus.FAILED
    return Unusable(file.uri, status, problem)


def _suffix(path: str) -> tuple[str, str]:
    """The format's suffix in lower case, and the compression that the name claims."""
    name = PurePosixPath(path)
    claimed = COMPRESSIONS.get(name.suffix.lower(), "")
    return (PurePosixPath(name.stem) if claimed else name).suffix.lower(), claimed
