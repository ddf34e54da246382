"""Access logs of any other system: CSV, JSON Lines or Parquet, with a field mapping.

Options (all but those your columns make needed may be left out):

    mapping          our field -> column or dotted path: {time: ts, actor: user.mail, ...};
                     fields: time, actor, resource, activity, operation, status, session,
                     bytes_out, src_endpoint, event_id, class_uid
    activities       the log's word -> Read, List, Write, Delete, Update, Other
    activity         one of these for every line, where the log has no column for it
    resource_prefix  put in front of resources that are no URIs: s3://bucket/
    time_zone        of times that name none; must be given when there are such
    time_format      strptime format, where times are neither ISO 8601 nor epoch numbers
    columns, delimiter    of a CSV without header, or with an odd separator
    log_source, class_uid     what the events are called; class 6005 (Datastore Activity)

Columns that bear a usual or OCSF name need no mapping.  Epoch seconds, milli-, micro- and
nanoseconds are told by size.  `raw_offset` is the byte offset of the line in the decompressed
file, or the row number in Parquet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner import suggest
from scanner.batch import UnitLog
from scanner.errors import UsageError
from scanner.logs import LogFile, _words
from scanner.logs._events import count
from scanner.logs._rows import Row, delimiter, kind, parquet_columns, rows
from scanner.logs._times import Clock
from scanner.model import AccessEvent

_CLASS = 6005


class Generic:
    """Reads mapped logs."""

    options = (
        *("mapping", "activities", "activity", "resource_prefix", "time_zone", "time_format"),
        *("columns", "delimiter", "log_source", "class_uid"),
    )

    def sniff(self, path: Path, head: bytes) -> bool:
        """True when time, actor, resource and activity stand under names that need no mapping."""
        form = kind(head)
        if form == "parquet":
            return _has_needed(dict.fromkeys(parquet_columns(path), "x"))
        line = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
        if form == "csv":
            text = line.decode("utf-8", "replace").strip()
            return _has_needed(dict.fromkeys(text.split(delimiter(text)), "x"))
        import msgspec

        try:
            cells = msgspec.json.decode(line)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return False
        return isinstance(cells, dict) and _has_needed(cells)

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every event.  A line that cannot be used is counted by its number.

        Raises UsageError when the options do not fit the log, UnreadableError at damage.
        """
        fields = _Fields(log_file.options, str(log_file.path))
        for row in rows(log_file.path, log_file.options, log, fields.check_columns):
            log.records += 1
            try:
                yield fields.event(row, log)
            except _BadRowError as error:
                log.bad_record("log.line", error.what, row.number, f"look at it in {log_file.path}")


plugin = Generic()


class _BadRowError(Exception):
    """A line that cannot be used, in our words."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class _Fields:
    """Turns rows into events by the options."""

    def __init__(self, options: Mapping[str, Any], where: str) -> None:
        _check(options, where)
        self.options, self.where = options, where
        self.paths = dict(_words.FIELDS)
        for field, path in (options.get("mapping") or {}).items():
            self.paths[field] = (str(path),)
        self.mapped = set(options.get("mapping") or {})
        self.activities = {
            str(word).casefold(): name for word, name in (options.get("activities") or {}).items()
        }
        self.clock = Clock(options, where)
        self.prefix = str(options.get("resource_prefix") or "")

    def event(self, row: Row, log: UnitLog) -> AccessEvent:
        if row.cells is None:
            raise _BadRowError(row.problem)
        found = {field: _first(row.cells, paths) for field, paths in self.paths.items()}
        operation = _text(found["operation"] or found["activity"])
        return AccessEvent(
            event_id=_text(found["event_id"]) or f"{self.where}#{row.offset}",
            time=self._time(found["time"]),
            class_uid=count(found["class_uid"]) or int(self.options.get("class_uid") or _CLASS),
            activity=self._activity(_text(found["activity"]), row, log),
            status=self._status(found["status"], row, log),
            actor=_needed(found["actor"], "actor"),
            session=_text(found["session"]),
            resource=self._resource(_needed(found["resource"], "resource")),
            operation=operation,
            bytes_out=count(found["bytes_out"]),
            src_endpoint=_text(found["src_endpoint"]),
            log_source=str(self.options.get("log_source") or "generic"),
            raw_file=self.where,
            raw_offset=row.offset,
        )

    def check_columns(self, columns: Collection[str]) -> None:
        """Raises UsageError when a column that is mapped or needed is not there."""
        for field in sorted(self.mapped):
            column = self.paths[field][0]
            if not _is_there(column, columns):
                raise UsageError(
                    f"the log has no column for {field} under the name of the mapping",
                    self.where,
                    suggest.hint(column, [c for c in columns if suggest.plain(c) == repr(c)]),
                )
        for field in _words.NEEDED:
            fixed = field == "activity" and self.options.get("activity")
            if not fixed and not any(_is_there(p, columns) for p in self.paths[field]):
                raise _no_column(field, self.where)

    def _time(self, value: Any) -> Any:
        if value is None:
            raise _BadRowError("a line has no time")
        try:
            return self.clock.read(value)
        except (ValueError, OverflowError):
            raise _BadRowError("the time of a line cannot be read") from None

    def _activity(self, word: str, row: Row, log: UnitLog) -> str:
        """The activity; an unknown word is Other, and a problem: it may have been a read."""
        fixed = self.options.get("activity")
        if fixed:
            return str(fixed)
        found = self.activities.get(word.casefold()) or _words.activity(word)
        if found is None:
            log.problem(
                "log.activity",
                "an operation of the log is none that leakgate knows",
                self.where,
                "add it to the log's options: activities: {<operation>: Read}",
                row.number,
            )
        return found or "Other"

    def _status(self, value: Any, row: Row, log: UnitLog) -> str:
        """The outcome; an unknown word is a problem: the read may have succeeded."""
        found = _words.status(value)
        if found == "Unknown" and _text(value).casefold() != "unknown":
            log.problem(
                "log.status",
                "an outcome in the log is none that leakgate knows",
                self.where,
                "use success or failure, an HTTP status, or map no column to status",
                row.number,
            )
        return found

    def _resource(self, text: str) -> str:
        if "://" in text or not self.prefix:
            return text
        return f"{self.prefix.rstrip('/')}/{text.lstrip('/')}"


def _check(options: Mapping[str, Any], where: str) -> None:
    """Raises UsageError when the options are not those of the form."""
    suggest.only(options, Generic.options, "is no option of a log", where)
    for name in ("mapping", "activities"):
        if not isinstance(options.get(name) or {}, Mapping):
            raise UsageError(f"the log option {name} is not a mapping", where, f"{name}: {{a: b}}")
    suggest.only(options.get("mapping") or {}, _words.FIELDS, "is no field of the mapping", where)
    named = [*(options.get("activities") or {}).values(), options.get("activity")]
    suggest.only(filter(None, named), _words.ACTIVITIES, "is no activity", where)


def _is_there(path: str, columns: Collection[str]) -> bool:
    return path in columns or path.partition(".")[0] in columns


def _no_column(field: str, where: str) -> UsageError:
    more = ", or the option activity: Read" if field == "activity" else ""
    return UsageError(
        f"the log has no column that is known to be its {field}",
        where,
        f"add to the log's options: mapping: {{{field}: <column>}}{more}",
    )


def _first(cells: Mapping[str, Any], paths: tuple[str, ...]) -> Any:
    """The first scalar under one of the paths; None when there is none."""
    for path in paths:
        value = cells.get(path) if path in cells else _walk(cells, path)
        if value is not None and value != "" and not isinstance(value, dict | list):
            return value
    return None


def _walk(cells: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(cells, Mapping):
            cells = cells.get(step)
        elif isinstance(cells, list) and step.isdecimal() and int(step) < len(cells):
            cells = cells[int(step)]
        else:
            return None
    return cells


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _needed(value: Any, field: str) -> str:
    text = _text(value)
    if not text:
        raise _BadRowError(f"a line has no {field}")
    return text


def _has_needed(cells: Mapping[str, Any]) -> bool:
    return all(_first(cells, _words.FIELDS[field]) is not None for field in _words.NEEDED)
