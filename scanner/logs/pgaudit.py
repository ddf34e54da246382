"""PostgreSQL: the server log as csvlog, jsonlog or plain text, with entries of pgAudit, logged
statements (`log_statement`, `log_min_duration_statement`) and refusals.

pgAudit names the table of an entry where it audits objects or `pgaudit.log_relation` is on;
else, and for logged statements, tables are told from the statement by name, unqualified ones
in the schema `public`.  Logged statements count until the file shows the first pgAudit entry of
their database, which tells the same better.  Events become OCSF class 6005 (Datastore Activity),
resources `postgres://database/schema/table`.

Options: `log_line_prefix` (that of the server; of plain logs, where it is none of the usual),
`resource_prefix` (instead of `postgres://`), `time_zone` (where times carry another zone name
than UTC or GMT).  `raw_offset` is the byte offset of the entry in the decompressed file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from scanner.batch import UnitLog
from scanner.logs import LogFile, _sql_tables
from scanner.logs._postgres import Entry, entries, form
from scanner.logs._stream import chunks
from scanner.logs._times import Clock
from scanner.model import AccessEvent

_AUDIT = re.compile(r"AUDIT: (?:SESSION|OBJECT),")
_EVERY_READ = re.compile(r"AUDIT: SESSION,\d+,\d+,READ,")  # not only objects that were chosen
_SPOKEN = re.compile(
    r"(?:duration: [\d.]+ ms  )?(?:statement|execute [^:]*): (?P<statement>.*)", re.DOTALL
)
_DENIED = re.compile(
    r"permission denied for (?:table|view|relation|materialized view) (?P<name>.+)"
)
_ZONE = re.compile(r"(.*\d) (?!UTC|GMT)[A-Z]{1,5}")
_CLASSES = {"READ": "Read", "WRITE": "Write", "DDL": "Update", "ROLE": "Update"}
_TABLES = {"TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "PARTITIONED TABLE", "SEQUENCE",
           "INDEX", "COMPOSITE TYPE", "TOAST TABLE", ""}  # fmt: skip
_SYSTEM = ("pg_catalog", "information_schema", "pg_toast")


class PgAudit:
    """Reads the logs of PostgreSQL servers."""

    options = ("log_line_prefix", "resource_prefix", "time_zone")

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for the first lines of one of the three forms."""
        return form(head) != ""

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every access of a table.  A line of another form is counted by its number.

        Raises UsageError for times whose zone is not known, UnreadableError at damage.
        """
        head: bytes = next(chunks(log_file.path), b"")
        reader = _Reader(log_file)
        for entry in entries(log_file, log, form(head[:4096])):
            try:
                yield from reader.events(entry)
            except ValueError:
                what, hint = "an entry has no time that can be read", "see log_line_prefix"
                log.bad_record("log.line", what, entry.number, hint)


plugin = PgAudit()


class _Reader:
    def __init__(self, log_file: LogFile) -> None:
        self.where, self.audited = str(log_file.path), set[str]()
        self.clock = Clock(log_file.options, self.where)
        prefix = str(log_file.options.get("resource_prefix") or "postgres://")
        self.prefix = prefix if prefix.endswith("/") else f"{prefix}/"

    def events(self, entry: Entry) -> Iterator[AccessEvent]:
        """The accesses that one entry tells of, one event a table."""
        denied = _DENIED.match(entry.message) if entry.severity in ("ERROR", "FATAL") else None
        if denied:
            parts = _denied_table(denied["name"], entry.statement)
            yield self._event(entry, "Read", "Failure", parts, "permission denied")
        elif _AUDIT.match(entry.message):
            if _EVERY_READ.match(entry.message):
                self.audited.add(entry.db)
            yield from self._audit(entry)
        elif entry.db not in self.audited and (spoken := _SPOKEN.match(entry.message)):
            for parts in _sql_tables.read_by(spoken["statement"]):
                yield self._event(entry, "Read", "Success", parts, "statement")

    def _audit(self, entry: Entry) -> Iterator[AccessEvent]:
        cells = next(csv.reader([entry.message.removeprefix("AUDIT: ")], strict=False), [])
        if len(cells) < 8 or cells[3] not in _CLASSES or cells[5] not in _TABLES:
            return
        activity = "Delete" if cells[4] == "DELETE" else _CLASSES[cells[3]]
        operation = f"{cells[3]} {cells[4]}"
        if cells[6]:
            yield self._event(entry, activity, "Success", _sql_tables.parts_of(cells[6]), operation)
            return
        read = _sql_tables.read_by(cells[7])
        for parts in read:
            yield self._event(entry, "Read", "Success", parts, operation)
        if not read and activity == "Read":
            yield self._event(entry, activity, "Success", (), operation)

    def _event(
        self, entry: Entry, activity: str, status: str, parts: tuple[str, ...], operation: str
    ) -> AccessEvent:
        resource = self._resource(entry.db, parts)
        return AccessEvent(
            event_id=f"{self.where}#{entry.offset}/{resource}",
            time=self._time(entry.time),
            class_uid=6005,
            activity=activity if not resource.endswith(_SYSTEM) else "List",
            status=status,
            actor=entry.user or "unknown",
            session=entry.session,
            resource=resource,
            operation=operation,
            bytes_out=None,
            src_endpoint=re.sub(r":\d+$", "", entry.host).removeprefix("[local]"),
            log_source="pgaudit",
            raw_file=self.where,
            raw_offset=entry.offset,
        )

    def _resource(self, db: str, parts: tuple[str, ...]) -> str:
        """`postgres://database/schema/table`; the database alone where no table is named."""
        if len(parts) == 1:
            parts = ("public", *parts)
        return self.prefix + "/".join([db or "unknown", *parts[-2:]])

    def _time(self, stamp: str) -> datetime:
        """Names of zones other than UTC are ambiguous: the option time_zone says which it is."""
        other = _ZONE.fullmatch(stamp)
        return self.clock.read(other[1] if other else stamp)


def _denied_table(name: str, statement: str) -> tuple[str, ...]:
    """The table of a refusal, with the schema that the statement gives it."""
    last = name.strip().strip('"')
    named = [parts for parts in _sql_tables.read_by(statement) if parts[-1] == last]
    return named[0] if named else (last,)
