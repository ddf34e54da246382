"""The three forms of PostgreSQL's server log, as entries of one form.

Columns of csvlog and keys of jsonlog: PostgreSQL documentation, "Error Reporting and Logging".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs._events import first
from scanner.logs._rows import Feed
from scanner.logs._stream import Line, lines

# The prefixes of log lines in use: the option's default, Debian's, Amazon RDS', pgBadger's.
_PREFIXES = (
    "%m [%p] %q%u@%d ",
    "%t:%r:%u@%d:[%p]:",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d ",
    "%m %u@%d [%p] ",
    "%m [%p] ",
    "%t [%p] ",
    "%m ",
)
_ESCAPES = {
    "m": (
        r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?"
        r"(?: [A-Z]{1,5}|[+-]\d\d(?::?\d\d)?| [+-]\d+)?)"
    ),
    "n": r"(?P<time>\d{10}\.\d+)",
    "u": r"(?P<user>[^\s,@:]*|\[unknown\])",
    "d": r"(?P<db>[^\s,:]*|\[unknown\])",
    "r": r"(?P<host>[^\s(]*(?:\(\d+\))?)",
    "h": r"(?P<host>\S*?)",
    "c": r"(?P<session>[0-9a-f]+\.[0-9a-f]+)",
    "p": r"(?P<pid>\d+)",
    "a": r"[^,]*?",
    "q": "",
    "%": "%",
}
_ESCAPES["t"] = _ESCAPES["m"]
_MORE = ("DETAIL", "HINT", "CONTEXT", "QUERY", "LOCATION", "STATEMENT")  # of the entry before
_SEVERITY = (
    r"(?P<severity>LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?|"
    + "|".join(_MORE)
    + r"):  ?(?P<message>.*)"
)
_CSV = re.compile(
    rb'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [A-Za-z+-]\w*"?,("[^"]*"|[^",]*),'
    rb'("[^"]*"|[^",]*),"?\d+"?,'
)
_STAMP = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{10}\.\d{3}")
_COLUMNS = ("time", "user", "db", "pid", "host", "session")
_JSON_KEYS = {"time": "timestamp", "user": "user", "db": "dbname", "host": "remote_host",
              "session": "session_id", "pid": "pid", "severity": "error_severity",
              "message": "message", "statement": "statement"}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One entry of the log; `statement` is that of an error, where it is logged."""

    number: int
    offset: int
    time: str
    user: str
    db: str
    host: str
    session: str
    severity: str
    message: str
    statement: str = ""


def form(head: bytes) -> str:
    """`csv`, `json` or `stderr` by the first bytes; "" for what is none of PostgreSQL's logs."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        marks = (b'"error_severity"', b'"backend_type"', b'"session_id"', b'"state_code"')
        return "json" if sum(mark in start for mark in marks) >= 2 else ""
    if _CSV.match(start):
        return "csv"
    spoken = re.search(rb"[^A-Za-z](LOG|ERROR|FATAL|STATEMENT):  ", start) is not None
    return "stderr" if _STAMP.match(start) and spoken else ""


def entries(log_file: LogFile, log: UnitLog, kind: str) -> Iterator[Entry]:
    """Every entry; a line of another form is counted by its number.

    Raises UnreadableError where the file cannot be read on.
    """
    found = _counted(lines(log_file.path), log)
    if kind == "csv":
        yield from _csv(found, log, str(log_file.path))
    elif kind == "json":
        yield from _json(found, log, str(log_file.path))
    else:
        prefix = log_file.options.get("log_line_prefix")
        yield from _stderr(found, log, str(log_file.path), prefix)


def _counted(found: Iterable[Line], log: UnitLog) -> Iterator[Line]:
    for line in found:
        log.bytes += len(line.data) + 1
        yield line


def _bad(log: UnitLog, number: int, where: str) -> None:
    what = "a line is no entry of a PostgreSQL log"
    hint = f"look at the line in {where}; for another log_line_prefix, give it as an option"
    log.bad_record("log.line", what, number, hint)


def _csv(found: Iterator[Line], log: UnitLog, where: str) -> Iterator[Entry]:
    feed = Feed(found)
    reader = csv.reader(feed, strict=True)
    number = -1
    while True:
        offset, number = feed.next_offset, number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = ["broken"]
        if not cells:
            continue
        log.records += 1
        if len(cells) < 14:
            _bad(log, number, where)
            continue
        named = dict(zip(_COLUMNS, cells, strict=False))
        named.pop("pid")
        statement = cells[19] if len(cells) > 19 else ""
        yield Entry(
            number, offset, **named, severity=cells[11], message=cells[13], statement=statement
        )


def _json(found: Iterator[Line], log: UnitLog, where: str) -> Iterator[Entry]:
    for number, line in enumerate(found):
        if line.torn or not line.data.strip():
            continue
        log.records += 1
        try:
            cells = msgspec.json.decode(line.data)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            cells = None
        if not isinstance(cells, dict) or "error_severity" not in cells:
            _bad(log, number, where)
            continue
        named = {ours: first(cells.get(theirs)) for ours, theirs in _JSON_KEYS.items()}
        named["session"] = named["session"] or named["pid"]
        named.pop("pid")
        yield Entry(number, line.offset, **named)


def _stderr(found: Iterator[Line], log: UnitLog, where: str, prefix: Any) -> Iterator[Entry]:
    """Entries of plain logs, each with the lines that go on with it."""
    known = [_pattern(each) for each in ([str(prefix)] if prefix else _PREFIXES)]
    entry: Entry | None = None
    for number, line in enumerate(found):
        if line.torn or not line.data.strip():
            continue
        text = line.data.decode("utf-8", "replace")
        parts = None if text.startswith("\t") else _match(known, text)
        log.records += not text.startswith("\t")
        if entry is not None and (text.startswith("\t") or (parts and parts["severity"] in _MORE)):
            entry = _continued(entry, text, parts)
        elif parts is None:
            _bad(log, number, where)
        elif parts["severity"] not in _MORE:
            yield from [entry] if entry is not None else []
            entry = _entry(number, line.offset, parts)
    if entry is not None:
        yield entry


def _continued(entry: Entry, text: str, parts: Mapping[str, str] | None) -> Entry:
    """A line that starts with a tab goes on with the one before; STATEMENT says what failed."""
    if parts is not None:
        named = parts["severity"] == "STATEMENT"
        return replace(entry, statement=parts["message"]) if named else entry
    if entry.statement:
        return replace(entry, statement=f"{entry.statement}\n{text[1:]}")
    return replace(entry, message=f"{entry.message}\n{text[1:]}")


def _match(known: list[re.Pattern[str]], text: str) -> Mapping[str, str] | None:
    """By the prefix that fitted last, else by the first that fits."""
    for at, pattern in enumerate(known):
        found = pattern.fullmatch(text)
        if found is not None:
            known.insert(0, known.pop(at))
            return {name: value or "" for name, value in found.groupdict().items()}
    return None


def _entry(number: int, offset: int, parts: Mapping[str, str]) -> Entry:
    return Entry(
        number,
        offset,
        parts.get("time", ""),
        parts.get("user", ""),
        parts.get("db", ""),
        re.sub(r"\(\d+\)$", "", parts.get("host", "")),
        parts.get("session") or parts.get("pid", ""),
        parts["severity"],
        parts["message"],
    )


def _pattern(prefix: str) -> re.Pattern[str]:
    """What matches a line with this `log_line_prefix`; what follows %q may be missing."""
    always, _, sometimes = prefix.partition("%q")
    made = _parts(always) + (f"(?:{_parts(sometimes)})?" if sometimes else "")
    return re.compile(made + _SEVERITY, re.DOTALL)


def _parts(prefix: str) -> str:
    made, seen = [], set[str]()
    for escape, plain in re.findall(r"%-?\d*(.)|([^%]+)", prefix):
        piece = _ESCAPES.get(escape, r"\S*?") if escape else re.escape(plain)
        name = re.match(r"\(\?P<(\w+)>", piece)
        if name and name[1] in seen:
            piece = piece.replace(f"?P<{name[1]}>", "?:")
        seen.update({name[1]} if name else ())
        made.append(piece)
    return "".join(made)
