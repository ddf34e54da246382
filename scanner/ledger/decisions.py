"""Verdicts beside the runs of a ledger: `decision=<id>.jsonl.gz`, the decision and its incidents.

One file a verdict, written aside and renamed, for the owner only; a run has one for each time
it was audited.  `scanner.decision` says what is in them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from scanner.decision import Decision, Seen, seen
from scanner.errors import UnreadableError
from scanner.model import Report
from scanner.outputs import write_aside

_PREFIX, _SUFFIX = "decision=", ".jsonl.gz"
_T = TypeVar("_T")


def keep(ledger: Path, decision: Decision, report: Report) -> None:
    """Keep a decision with the incidents of its report.  Raises LeakgateError for a full disk."""

    def write(out: BinaryIO) -> None:
        with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0, filename="") as lines:
            lines.write(msgspec.json.encode(decision) + b"\n")
            for row in seen(report):
                lines.write(_text(row) + b"\n")

    ledger.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_aside(ledger / f"{_PREFIX}{decision.id}{_SUFFIX}", write)


def _text(row: Seen) -> bytes:
    try:
        return msgspec.json.encode(row)
    except UnicodeEncodeError:  # a file name that is no UTF-8
        from scanner import columns

        return msgspec.json.encode(columns.whole(row))


def names(ledger: Path) -> list[str]:
    """The ids of all decisions, in order of time."""
    found = ledger.glob(f"{_PREFIX}*{_SUFFIX}")
    return sorted(p.name[len(_PREFIX) : -len(_SUFFIX)] for p in found)


def read(ledger: Path, name: str) -> Decision:
    """One decision without its incidents.  Raises UnreadableError when the file is broken."""
    for line in _lines(ledger, name):
        return _decoded(line, Decision, ledger, name)
    raise _broken(ledger, name)


def incidents(ledger: Path, name: str) -> Iterator[Seen]:
    """The incidents that it knew."""
    lines = _lines(ledger, name)
    next(lines, None)
    return (_decoded(line, Seen, ledger, name) for line in lines)


def latest_of(ledger: Path, run_id: str) -> str:
    """The newest decision of that id, of that run, or "" when there is none."""
    known = names(ledger)
    if run_id in known:
        return run_id
    mine = [name for name in known if run_id[-8:] in name and read(ledger, name).run_id == run_id]
    return mine[-1] if mine else ""


def _lines(ledger: Path, name: str) -> Iterator[bytes]:
    try:
        with gzip.open(ledger / f"{_PREFIX}{name}{_SUFFIX}") as lines:
            yield from lines
    except (OSError, EOFError, zlib.error):
        raise _broken(ledger, name) from None


def _decoded(line: bytes, to: type[_T], ledger: Path, name: str) -> _T:
    try:
        return msgspec.json.decode(line, type=to)
    except msgspec.MsgspecError:
        raise _broken(ledger, name) from None


def _broken(ledger: Path, name: str) -> UnreadableError:
    hint = "remove the file, or restore it from a backup; the runs themselves are not concerned"
    where = str(ledger / f"{_PREFIX}{name}{_SUFFIX}")
    return UnreadableError("a kept decision is broken", where, hint, "ledger.unreadable")
