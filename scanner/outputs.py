"""Where reports go: `-o FORMAT=PATH`, several in one run, `-` for standard output.

Checked before a scan starts, written aside and renamed after it, readable by the owner only.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from scanner import plugins, suggest
from scanner.errors import LeakgateError, UsageError
from scanner.model import Report

_MARKS = (b"leakgate", b'{"kind":"verdict"', b"kind,id,severity,")  # of reports, near their head


@dataclass(frozen=True, slots=True)
class Output:
    """One output: a format's name, and a file, or None for standard output."""

    format: str
    path: Path | None = None


def parse(specs: Sequence[str]) -> tuple[Output, ...]:
    """Outputs from `FORMAT=PATH` words, known formats into places that can be written.

    Raises UsageError, so that a scan of hours does not end in a missing folder.
    """
    outputs = tuple(_one(spec) for spec in specs)
    _no_two_alike(outputs)
    for output in outputs:
        if output.path is not None:
            check_writable(output.path)
    return outputs


def spare(outputs: Iterable[Output], read: Iterable[Path], scanned: Iterable[str] = ()) -> None:
    """Raises UsageError when an output would replace a file that the run reads or scans.

    What is scanned may be the report of an earlier run, left in its folder; that is replaced.
    """
    there = {_file_id(o.path): o.path for o in outputs if o.path and o.path.is_file()}
    lost = there.keys() & set(map(_file_id, read)) if there else set()
    data = there.keys() & set(map(_file_id, scanned)) if there else set()
    for name in (*lost, *(name for name in data if not _ours(there[name]))):
        what = "this output would replace a file that is read"
        raise UsageError(what, str(there[name]), "give the output another name")


def _file_id(path: str | Path) -> tuple[int, int] | None:
    """The same for all names of one file; None where there is none on this machine."""
    try:
        found = os.stat(path)  # noqa: PTH116 - of names that may be URIs
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _ours(path: Path) -> bool:
    """True for an empty file, and for a report."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    return not head or any(mark in head for mark in _MARKS)


def write_report(report: Report, outputs: Iterable[Output], seen: Report | None = None) -> None:
    """Write a report in every format; `seen` is what formats that are not `whole` show of it.

    One that cannot be written does not keep the others from being written; its LeakgateError
    is raised at the end.
    """
    failed: list[LeakgateError] = []
    for output in outputs:
        plugin = plugins.load("formats", output.format)
        write = partial(plugin.write, report if getattr(plugin, "whole", False) else seen or report)
        try:
            _to_stdout(write) if output.path is None else write_aside(output.path, write)
        except LeakgateError as error:
            failed.append(error)
    if failed:
        raise failed[0]


def drop_stdout() -> None:
    """Forget what standard output would not take, or Python complains once more at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _to_stdout(write: Callable[[BinaryIO], None]) -> None:
    if sys.stdout is None:  # the caller closed it
        raise LeakgateError("standard output is closed", hint="open it, or name a file with -o")
    with stdout_told():
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()


@contextmanager
def stdout_told() -> Iterator[None]:
    """Raises LeakgateError when standard output does not take what is written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        what = f"standard output cannot be written: {error.strerror or 'no reason given'}"
        raise LeakgateError(what, hint="make room, or write to a file elsewhere") from None


def read_input(path: Path) -> bytes:
    """The bytes of a file that a person named.  Raises UsageError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"the file cannot be read: {error.strerror or 'no reason given'}"
        raise UsageError(what, str(path), "check the path and its permissions") from None


def write_aside(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a private file beside `path`, then rename it: whole or not at all.

    Raises LeakgateError when the disk refuses.
    """
    try:
        if _is_device(path):
            with path.open("wb") as device:
                write(device)
        else:
            _replace(path.resolve(), write)
    except OSError as error:
        what = f"the output cannot be written: {error.strerror or 'no reason given'}"
        raise LeakgateError(what, str(path), "make room or choose another place") from None


def write_lines(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    """Write JSON Lines whole or not at all, readable by their owner; equal rows, equal bytes."""
    text = "".join(json.dumps(row) + "\n" for row in rows)

    def put(out: BinaryIO) -> None:
        out.write(text.encode())

    write_aside(path, put)


def _is_device(path: Path) -> bool:
    """/dev/stdout, a named pipe: renaming a file over it would destroy it."""
    return path.is_relative_to("/dev") or (path.exists() and not path.is_file())


def _replace(path: Path, write: Callable[[BinaryIO], None]) -> None:
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # is 0600
    try:
        with os.fdopen(descriptor, "wb") as out:
            write(out)
        Path(aside).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(aside).unlink()


def check_writable(path: Path) -> None:
    """Raises UsageError unless a file can be made at `path`."""
    if _is_device(path) and not path.is_dir():
        return
    if path.is_dir():
        raise UsageError("this output is a folder", str(path), "name a file in it")
    if not path.parent.is_dir():
        hint = f"make the folder first: mkdir -p {path.parent}"
        raise UsageError("the folder of this output does not exist", str(path), hint)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        hint = "choose a folder that you may write to"
        raise UsageError("the folder of this output is write-protected", str(path), hint)


def _one(spec: str) -> Output:
    name, equals, place = spec.partition("=")
    where = f"-o {spec}"
    if not equals or not place:
        hint = "write FORMAT=PATH, for example json=report.json, or json=- for standard output"
        raise UsageError("this output has no format or no place", where, hint)
    known = plugins.names("formats")
    if name not in known:
        raise UsageError(f"there is no output format {name!r}", where, suggest.hint(name, known))
    return Output(name, None if place == "-" else Path(place))


def _no_two_alike(outputs: Sequence[Output]) -> None:
    places = [output.path and output.path.resolve() for output in outputs]
    for place in set(places):
        if places.count(place) > 1:
            where = str(place or "standard output")
            raise UsageError("two outputs go to one place", where, "give each its own file")
