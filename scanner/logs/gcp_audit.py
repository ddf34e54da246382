"""Google Cloud Audit Logs: entries as `gcloud logging read --format=json`, as a sink to Cloud
Storage writes them (JSON Lines), as `entries.list` answers (`{"entries": [...]}`), wrapped by
Pub/Sub (`{"message": {"data": base64}}`), and as rows of a sink to BigQuery
(`protopayload_auditlog`).

Events become OCSF class 6003 (API Activity), those of BigQuery 6005 (Datastore Activity).  What
was done is told by the permission that was checked, not by the method (`authorizationInfo`),
and for BigQuery by `tableDataRead` of BigQueryAuditMetadata; jobs of the older AuditData form
name the tables they referenced.  Resources are `gs://bucket/object` and
`bigquery://project/dataset/table`; those of other services keep their name behind
`gcp://service/`.  An entry without a payload of audit logs is passed over.  `raw_offset` is
the entry's number in the file, from 0.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs._cloudtrail_identity import ANONYMOUS
from scanner.logs._events import (
    Cells,
    Form,
    RejectedError,
    at,
    count,
    first,
    of_records,
    parsed,
    text,
)
from scanner.logs._times import Clock
from scanner.model import AccessEvent

_PAYLOADS = ("protoPayload", "protopayload_auditlog", "protopayload")
_OBJECT = re.compile(r"(?:.*/)?projects/_/buckets/([^/]+)(?:/objects/(.*))?", re.DOTALL)
_TABLE = re.compile(r"(?:.*/)?projects/([^/]+)/datasets/([^/]+)(?:/tables/([^/]+))?.*", re.DOTALL)
_READS = ("storage.objects.get", "bigquery.tables.getData", "bigquery.tables.export")
_KINDS = {"create": "Write", "update": "Update", "patch": "Update", "delete": "Delete"}
_UTC = Clock({"time_zone": "UTC"}, "")


@dataclass(frozen=True, slots=True)
class _Access:
    """One thing that one entry says was done to one resource."""

    activity: str
    resource: str
    granted: bool = True


class GcpAudit:
    """Reads Cloud Audit Logs."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for JSON with an audit payload near its start, or a Pub/Sub message with one."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if start[:1] not in (b"{", b"["):
            return False
        marks = (
            b"cloudaudit.googleapis.com",
            b"google.cloud.audit.AuditLog",
            b"protopayload_audit",
        )
        return any(mark in start or mark in _published(start) for mark in marks)

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every access.  An entry that cannot be understood is counted by its number."""
        yield from of_records(log_file.path, log, Form("a Cloud Audit Logs entry", _events))


plugin = GcpAudit()


def _published(start: bytes) -> bytes:
    """The beginning of what a Pub/Sub message holds."""
    found = re.search(rb'"data"\s*:\s*"([A-Za-z0-9+/]{64,})', start)
    whole = found[1][: len(found[1]) // 4 * 4] if found else b""
    return base64.b64decode(whole)


def _unwrapped(entry: Cells) -> Cells:
    """The entry inside a Pub/Sub message, as push subscriptions and their files hold it."""
    data = first(at(entry, "message", "data"), at(entry, "data") if "messageId" in entry else None)
    if not data:
        return entry
    found = msgspec.json.decode(base64.b64decode(data, validate=True))
    return found if isinstance(found, dict) else entry


def _events(entry: Cells, where: str, number: int) -> Iterator[AccessEvent]:
    entry = _unwrapped(entry)
    payload = next((entry[name] for name in _PAYLOADS if isinstance(entry.get(name), dict)), None)
    if payload is None:
        if "logName" in entry or "insertId" in entry:
            return  # an entry of another log
        raise RejectedError("a record is no Cloud Logging entry")
    time = _time(entry)
    actor, session = _who(payload)
    entry_id = first(entry.get("insertId"), entry.get("insert_id")) or f"{where}#{number}"
    for access in dict.fromkeys(_accesses(payload)):
        database = access.resource.startswith("bigquery://")
        yield AccessEvent(
            event_id=f"{entry_id}/{access.activity}/{access.resource}",
            time=time,
            class_uid=6005 if database else 6003,
            activity=access.activity,
            status=_status(payload, access),
            actor=actor,
            session=session,
            resource=access.resource,
            operation=text(payload.get("methodName")),
            bytes_out=_bytes_out(payload),
            src_endpoint=first(at(payload, "requestMetadata", "callerIp")),
            log_source="gcp_audit",
            raw_file=where,
            raw_offset=number,
        )


def _time(entry: Cells) -> datetime:
    stamp = first(entry.get("timestamp"), entry.get("receiveTimestamp"))
    if not stamp:
        raise RejectedError("an entry has no time")
    if re.fullmatch(r".*\.\d{7,}(Z|[+-]\d\d:?\d\d)", stamp):  # nanoseconds
        stamp = re.sub(r"(\.\d{6})\d+", r"\1", stamp)
    return _UTC.read(stamp)


def _who(payload: Cells) -> tuple[str, str]:
    """The principal, and who acts through it where a service account is impersonated."""
    info = payload.get("authenticationInfo")
    subject = first(at(info, "principalSubject"))
    named = first(at(info, "principalEmail"))
    if not subject.startswith(("principal://", "principalSet://")):  # kept, as grants name them
        subject = subject.partition(":")[2] or subject
    actor = named or subject or ANONYMOUS
    chain = at(info, "serviceAccountDelegationInfo")
    links = chain if isinstance(chain, list) else []
    persons = [
        first(at(link, "firstPartyPrincipal", "principalEmail"), at(link, "principalSubject"))
        for link in links
    ]
    return actor, next((person for person in persons if person), "")


def _accesses(payload: Cells) -> Iterator[_Access]:
    if _is_bigquery(payload):
        yield from _table_reads(payload)
    checked = payload.get("authorizationInfo")
    found = False
    for info in checked if isinstance(checked, list) else []:
        permission = first(at(info, "permission"))
        name = first(at(info, "resource"), payload.get("resourceName"))
        resource = _resource(name, payload)
        if permission and resource:
            found = True
            activity = _activity(permission)
            yield _Access(activity, resource, at(info, "granted") is not False)
    if not found and (resource := _resource(first(payload.get("resourceName")), payload)):
        yield _Access(_activity(text(payload.get("methodName"))), resource)


def _is_bigquery(payload: Cells) -> bool:
    return text(payload.get("serviceName")) in (
        "bigquery.googleapis.com",
        "bigquerystorage.googleapis.com",
    )


def _table_reads(payload: Cells) -> Iterator[_Access]:
    """Tables whose rows were read: told as such, or referenced by a job that was done."""
    metadata = parsed(payload.get("metadata") or payload.get("metadataJson"))
    if at(metadata, "tableDataRead") is not None:
        yield _Access("Read", _resource(first(payload.get("resourceName")), payload))
    old = parsed(payload.get("serviceData") or payload.get("servicedata_v1_bigquery"))
    job = at(old, "jobCompletedEvent", "job")
    tables = at(job, "jobStatistics", "referencedTables")
    for table in tables if isinstance(tables, list) else []:
        parts = [first(at(table, name)) for name in ("projectId", "datasetId", "tableId")]
        if all(parts):
            yield _Access("Read", "bigquery://" + "/".join(parts))


def _activity(permission: str) -> str:
    """Read only where data is handed out; what reads in services we do not know is Other."""
    if permission in _READS:
        return "Read"
    service, _, verb = permission.rpartition(".")
    if verb in _KINDS or verb.startswith("set"):
        return _KINDS.get(verb, "Update")
    known = service.partition(".")[0] in ("storage", "bigquery")
    return "List" if known and verb.startswith(("get", "list")) else "Other"


def _resource(name: str, payload: Cells) -> str:
    stored = _OBJECT.fullmatch(name)
    if stored:
        return f"gs://{stored[1]}/{stored[2]}" if stored[2] else f"gs://{stored[1]}"
    table = _TABLE.fullmatch(name)
    if table:
        return "bigquery://" + "/".join(part for part in table.groups() if part)
    service = text(payload.get("serviceName"))
    return f"gcp://{service}/{name}" if name and service else ""


def _status(payload: Cells, access: _Access) -> str:
    code = count(at(payload, "status", "code"))
    return "Failure" if code or not access.granted else "Success"


def _bytes_out(payload: Cells) -> int | None:
    return count(at(payload, "response", "size"))
