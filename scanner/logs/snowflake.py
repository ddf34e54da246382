"""Snowflake: the views ACCESS_HISTORY and QUERY_HISTORY of SNOWFLAKE.ACCOUNT_USAGE, exported as
CSV, JSON or Parquet (columns with objects may be JSON text).

ACCESS_HISTORY tells which tables a query read, through views as well (`BASE_OBJECTS_ACCESSED`
beside `DIRECT_OBJECTS_ACCESSED`).  QUERY_HISTORY has the statement only, from which the tables
are told by name; what views read inside is not in it.  One query in both is counted once: an
event's id is the query's id and the table.  Events become OCSF class 6005 (Datastore Activity),
resources `snowflake://DATABASE/SCHEMA/TABLE`, in the case that Snowflake shows.  The session is
the role a query ran with.  `raw_offset` is the row's number, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.logs import LogFile, _sql_tables
from scanner.logs._events import (
    Cells,
    Form,
    RejectedError,
    at,
    count,
    first,
    listed,
    of_table,
    text,
)
from scanner.logs._rows import parquet_columns
from scanner.logs._times import Clock
from scanner.model import AccessEvent

_READ = (b"direct_objects_accessed", b"base_objects_accessed")
_QUERY = (b"query_text", b"execution_status", b"query_type")
_UTC = Clock({"time_zone": "UTC"}, "")
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$")  # `2026-11-03 10:20:30.123 -0800`
_TABLES = ("table", "view", "materialized view", "external table", "dynamic table", "iceberg table",
           "event table", "stream", "")  # fmt: skip
_STAGE = re.compile(
    r"\b(?:get|from)\s+'?@((?:[\w$]+|\"[^\"]+\")(?:\.(?:[\w$]+|\"[^\"]+\")){0,2})", re.I
)
_WRITES = re.compile(r"(INSERT|UPDATE|MERGE|COPY|CREATE_TABLE_AS_SELECT|PUT_FILES)")


class Snowflake:
    """Reads exports of Snowflake's history views."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:
        """True for a query id beside the columns of one of the two views."""
        if head.startswith(b"PAR1"):
            return _is_view({name.lower().encode() for name in parquet_columns(path)})
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        words = start if start[:1] in (b"{", b"[") else start.split(b"\n", 1)[0]
        return _is_view(set(re.findall(rb"[a-z_]+", words.lower())))

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every access of a table.  A row that cannot be understood is counted by its number."""
        form = Form("a row of Snowflake's history", _events, ("query_id", "user_name"))
        yield from of_table(log_file.path, log, form)


plugin = Snowflake()


def _is_view(columns: set[bytes]) -> bool:
    named = {b"query_id", b"user_name"} <= columns
    return named and (bool(columns & set(_READ)) or set(_QUERY) <= columns)


def _events(cells: Cells, where: str, number: int) -> Iterator[AccessEvent]:
    query, user = text(cells.get("query_id")), text(cells.get("user_name"))
    if not query or not user:
        raise RejectedError("a row names no query or no user")
    time = _time(first(cells.get("query_start_time"), cells.get("start_time")))
    failed = first(cells.get("execution_status")).upper() in ("FAIL", "FAILED_WITH_ERROR")
    status = "Failure" if failed or first(cells.get("error_code")) else "Success"
    sizes = [
        count(cells.get(name))
        for name in ("bytes_written_to_result", "outbound_data_transfer_bytes")
    ]
    for activity, resource in dict.fromkeys(_accesses(cells)):
        yield AccessEvent(
            event_id=f"{query}/{activity}/{resource}",
            time=time,
            class_uid=6005,
            activity=activity,
            status=status,
            actor=user,
            session=first(cells.get("role_name")),
            resource=resource,
            operation=first(cells.get("query_type")) or "QUERY",
            bytes_out=max((size for size in sizes if size is not None), default=None),
            src_endpoint=first(cells.get("client_ip")),
            log_source="snowflake",
            raw_file=where,
            raw_offset=number,
        )


def _time(stamp: str) -> datetime:
    if not stamp:
        raise RejectedError("a row has no time")
    stamp = re.sub(r"(\.\d{6})\d+", r"\1", stamp)
    date, _, rest = stamp.partition(" ")
    zoned = _OFFSET.sub(r"\1:\2", rest.replace(" ", ""))
    return _UTC.read(f"{date} {zoned}" if rest else stamp)


def _accesses(cells: Cells) -> Iterator[tuple[str, str]]:
    if not any(name.decode() in cells for name in _READ):
        yield from _by_statement(cells)
        return
    for column in _READ:
        for name in _objects(listed(cells.get(column.decode()))):
            yield "Read", name
    for name in _objects(listed(cells.get("objects_modified"))):
        yield "Write", name


def _objects(found: Iterable[Any]) -> Iterator[str]:
    for one in found:
        domain, name = first(at(one, "objectDomain")).lower(), first(at(one, "objectName"))
        if name and domain in _TABLES:
            yield _resource(_sql_tables.parts_of(name))
        elif name and domain == "stage":
            yield f"snowflake://{'/'.join(_sql_tables.parts_of(name))}/"
        yield from (text(place) for place in listed(at(one, "locations")))


def _by_statement(cells: Cells) -> Iterator[tuple[str, str]]:
    """The tables a statement names; where it names none, the schema it ran in."""
    statement = text(cells.get("query_text"))
    here = [text(cells.get(name)) for name in ("database_name", "schema_name")]
    tables, stages = _sql_tables.read_by(statement), _stages(statement)
    for parts in (*tables, *stages):
        known = [part if _quoted(part, statement) else part.upper() for part in parts]
        whole = _resource([*here[: 3 - len(known)], *known][-3:])
        yield "Read", f"{whole}/" if parts in stages else whole
    if not tables and not stages and all(here):
        changes = _WRITES.match(first(cells.get("query_type")).upper())
        yield ("Write" if changes else "Other"), "snowflake://" + "/".join(here)


def _stages(statement: str) -> list[tuple[str, ...]]:
    """Stages that are read: `GET @stage/x`, `FROM @db.schema.stage`; not those of users."""
    return [_sql_tables.parts_of(name) for name in _STAGE.findall(statement)]


def _quoted(part: str, statement: str) -> bool:
    return f'"{part}"' in statement


def _resource(parts: Iterable[str]) -> str:
    return "snowflake://" + "/".join(part for part in parts if part)
