"""Databricks audit logs: JSON as delivered to storage, and exports of `system.access.audit`.

Events become OCSF class 6005 (Datastore Activity).  Tables and volumes are
`unity://catalog/schema/table`; cloud paths and `dbfs:/` paths keep their URI.  Data is handed
out by Unity Catalog as temporary credentials: these are the reads, a `getTable` only lists.
Statements of notebooks and SQL warehouses, where verbose logs are on, name their tables.
Events that concern no data are passed over.  `raw_offset` is the record's number, from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scanner.batch import UnitLog
from scanner.logs import LogFile, _sql_tables
from scanner.logs._cloudtrail_identity import ANONYMOUS
from scanner.logs._events import (
    Cells,
    Form,
    RejectedError,
    at,
    count,
    first,
    of_table,
    parsed,
)
from scanner.logs._times import Clock
from scanner.model import AccessEvent

_UTC = Clock({"time_zone": "UTC"}, "")
_HANDED_OUT = {
    "generateTemporaryTableCredential": ("table_full_name", "full_name_arg", "table_id"),
    "generateTemporaryVolumeCredential": ("volume_full_name", "full_name_arg", "volume_id"),
    "generateTemporaryPathCredential": ("url", "path"),
    "deltaSharingQueryTable": ("table_full_name", "full_name_arg", "name"),
    "deltaSharingQueriedTable": ("table_full_name", "full_name_arg", "name"),
    "deltaSharingQueriedTableChanges": ("table_full_name", "full_name_arg", "name"),
    "filesGet": ("path",),
    "getFile": ("path",),
    "downloadFile": ("path",),
    "read": ("path",),
    "open": ("path",),
}
_LISTED = {
    "getTable": ("full_name_arg",),
    "getVolume": ("full_name_arg", "full_volume_name"),
    "listTables": ("schema_name", "catalog_name"),
    "list": ("path",),
}
_STATEMENTS = {
    "commandSubmit",
    "runCommand",
    "commandFinish",
    "executeAdhocQuery",
    "executeSavedQuery",
}
_RESULTS = {"downloadQueryResult", "downloadPreviewResults", "downloadLargeResults"}
_STATEMENT_TEXTS = ("commandText", "queryText", "statement")


class Databricks:
    """Reads Databricks audit logs."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:
        """True for a service and an action beside an identity, in either spelling."""
        del path
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        camel = (b'"serviceName"', b'"actionName"', b'"userIdentity"')
        if all(mark in start for mark in camel):
            return True
        snake = (b"service_name", b"action_name", b"user_identity", b"request_params")
        return all(mark in start for mark in snake)

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every access of data.  A record that cannot be understood is counted by its number."""
        form = Form("a Databricks audit record", _events, ("service_name", "action_name"))
        yield from of_table(log_file.path, log, form)


plugin = Databricks()


def _events(cells: Cells, where: str, number: int) -> Iterator[AccessEvent]:
    action = first(cells.get("actionname"), cells.get("action_name"))
    if not action:
        raise RejectedError("a record names no action")
    asked = parsed(cells.get("requestparams") or cells.get("request_params")) or {}
    answer = parsed(cells.get("response"))
    code = count(first(at(answer, "statusCode"), at(answer, "status_code")))
    request = first(cells.get("event_id"), cells.get("requestid"), cells.get("request_id"))
    for activity, resource in dict.fromkeys(_accesses(action, asked)):
        yield AccessEvent(
            event_id=f"{request}/{activity}/{resource}" if request else f"{where}#{number}",
            time=_UTC.read(_time(cells)),
            class_uid=6005,
            activity=activity,
            status="Failure" if (code or 200) >= 400 else "Success",
            actor=_who(cells, asked),
            session=first(cells.get("sessionid"), cells.get("session_id")),
            resource=resource,
            operation=action,
            bytes_out=None,
            src_endpoint=first(cells.get("sourceipaddress"), cells.get("source_ip_address")),
            log_source="databricks",
            raw_file=where,
            raw_offset=number,
        )


def _time(cells: Cells) -> object:
    stamp = cells.get("timestamp") or cells.get("event_time")
    if stamp is None:
        raise RejectedError("a record has no time")
    return stamp


def _who(cells: Cells, asked: Cells) -> str:
    """The identity; who takes a share has none here, and is its recipient."""
    identity = parsed(cells.get("useridentity") or cells.get("user_identity"))
    names = ("email", "subjectName", "subject_name")
    named = first(*(at(identity, name) for name in names))
    return first("" if named == "unknown" else named, asked.get("recipient_name")) or ANONYMOUS


def _accesses(action: str, asked: Cells) -> Iterator[tuple[str, str]]:
    if action in _HANDED_OUT:
        resource = _named(asked, _HANDED_OUT[action])
        if resource:
            yield _activity(asked), resource
    elif action in _LISTED and (resource := _named(asked, _LISTED[action])):
        yield "List", resource
    elif action in _STATEMENTS or action in _RESULTS:
        statement = first(*(asked.get(name) for name in _STATEMENT_TEXTS))
        for parts in _sql_tables.read_by(statement):
            yield "Read", "unity://" + "/".join(_split(parts))


def _activity(asked: Cells) -> str:
    """What a temporary credential is for; one that writes can read as well."""
    operation = first(asked.get("operation"), asked.get("credential_type")).upper()
    return "Write" if operation in ("WRITE", "PATH_CREATE_TABLE") else "Read"


def _named(asked: Cells, names: tuple[str, ...]) -> str:
    name = first(*(asked.get(each) for each in names))
    if "share" in asked and name == asked.get("name"):  # a table as its share calls it
        name = ".".join(first(asked.get(each)) for each in ("share", "schema", "name"))
    if not name or "://" in name or name.startswith("dbfs:"):
        return name
    if name.startswith("/Volumes/"):
        return "unity://" + name.removeprefix("/Volumes/")
    if name.startswith("/"):
        return "dbfs:" + name
    return "unity://" + "/".join(_split(_sql_tables.parts_of(name)) or (name,))


def _split(parts: tuple[str, ...]) -> tuple[str, ...]:
    """One part in back quotes may hold dots: `cat.sch.tab` is three parts."""
    return tuple(parts[0].split(".")) if len(parts) == 1 and "." in parts[0] else parts
