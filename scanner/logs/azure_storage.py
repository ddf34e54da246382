"""Azure Storage logs: resource logs as a storage account or an event hub gets them (JSON Lines,
or `{"records": [...]}`), the tables StorageBlobLogs and StorageFileLogs exported from Log
Analytics (CSV or JSON), and the classic `$logs` (lines of `1.0;` and `2.0;`).

Events become OCSF class 6003 (API Activity).  With Entra ID the actor is the user principal
name, else the object id; who holds an account key or a shared access signature is not in the
log, and so the key or signature itself is the actor: `account-key:ACCOUNT/key1`, `sas:HASH`.
Resources are `https://ACCOUNT.blob.core.windows.net/container/blob`; queries, which may hold a
signature, are cut off.  `raw_offset` is the record's number in the file, from 0 (the byte
offset for classic logs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from scanner.batch import UnitLog
from scanner.logs import LogFile, _azure_classic
from scanner.logs._azure_words import activity_of, resource_of
from scanner.logs._cloudtrail_identity import ANONYMOUS
from scanner.logs._events import Cells, Form, RejectedError, at, count, first, of_table, text
from scanner.logs._times import Clock
from scanner.model import AccessEvent

_UTC = Clock({"time_zone": "UTC"}, "")
_CATEGORIES = {"storageread", "storagewrite", "storagedelete"}
_COLUMNS = ("operationname", "uri")  # an exported table has them


class AzureStorage:
    """Reads the logs of Azure storage accounts."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for records of the storage categories, the tables' headers, and classic lines."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if _azure_classic.LINE.match(start):
            return True
        words = {word.lower() for word in re.findall(rb"[A-Za-z]{8,24}", start[:4096])}
        if start[:1] in (b"{", b"["):
            return bool(words & {c.encode() for c in _CATEGORIES}) and b"operationname" in words
        header = {w.lower() for w in re.findall(rb"[A-Za-z]+", start.split(b"\n", 1)[0])}
        return {b"operationname", b"accountname", b"authenticationtype"} <= header

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every request.  A record that cannot be understood is counted by its number."""
        if _azure_classic.is_classic(log_file.path):
            yield from _azure_classic.read(log_file, log)
            return
        form = Form("an Azure Storage record", _all_events, _COLUMNS)
        yield from of_table(log_file.path, log, form)


plugin = AzureStorage()


def _all_events(cells: Cells, where: str, number: int) -> Iterator[AccessEvent]:
    batch = cells.get("records")
    for one in batch if isinstance(batch, list) else [cells]:
        yield from _events({name.lower(): v for name, v in one.items()}, where, number)


def _events(cells: Cells, where: str, number: int) -> Iterator[AccessEvent]:
    category = text(cells.get("category")).lower()
    if category and category not in _CATEGORIES:
        return  # metrics and logs of other services share the same container
    operation = text(cells.get("operationname"))
    if not operation:
        raise RejectedError("a record names no operation")
    resource = resource_of(first(cells.get("uri"), at(cells, "properties", "objectKey")))
    actor, session = _who(cells)
    number_of = first(cells.get("correlationid"), at(cells, "properties", "correlationId"))
    yield AccessEvent(
        event_id=f"{number_of}/{operation}/{resource}" if number_of else f"{where}#{number}",
        time=_time(cells),
        class_uid=6003,
        activity=activity_of(operation),
        status=_status(cells),
        actor=actor,
        session=session,
        resource=resource,
        operation=operation,
        bytes_out=count(
            first(cells.get("responsebodysize"), at(cells, "properties", "responseBodySize"))
        ),
        src_endpoint=first(cells.get("calleripaddress")),
        log_source="azure_storage",
        raw_file=where,
        raw_offset=number,
    )


def _time(cells: Cells) -> datetime:
    stamp = first(*(cells.get(n) for n in ("time", "timegenerated", "timegenerated [utc]")))
    if not stamp:
        raise RejectedError("a record has no time")
    try:
        return _UTC.read(re.sub(r"(\.\d{6})\d+", r"\1", stamp))
    except ValueError:  # as the portal exports tables
        return _UTC.read(datetime.strptime(stamp, "%m/%d/%Y, %I:%M:%S.%f %p"))


def _who(cells: Cells) -> tuple[str, str]:
    """Actor and, for tokens of an application, its id."""
    identity = cells.get("identity")
    kind = first(at(identity, "type"), cells.get("authenticationtype"))
    requester = at(identity, "requester")
    upn = first(at(requester, "upn"), cells.get("requesterupn"))
    object_id = first(at(requester, "objectId"), cells.get("requesterobjectid"))
    app = first(at(requester, "appId"), cells.get("requesterappid"))
    token = first(at(identity, "tokenHash"), cells.get("authenticationhash"))
    if upn or object_id:
        return upn or object_id, app
    return _bearer(kind, token, _account(cells)), app


def _bearer(kind: str, token: str, account: str) -> str:
    """Who only shows a key or a signature is called by it; hashes are Azure's own."""
    plain = kind.replace(" ", "").lower()
    if plain in ("anonymous", "anonymouspreflight"):
        return ANONYMOUS
    name = token.partition("(")[0]
    if plain == "accountkey":
        return f"account-key:{account}/{name or 'unknown'}"
    if "sas" in plain:
        signature = re.search(r"SasSignature\(([^)]+)", token) or re.search(r"\(([^)]+)", token)
        return f"sas:{signature[1] if signature else name or account}"
    return "unknown"


def _account(cells: Cells) -> str:
    return first(cells.get("accountname"), at(cells, "properties", "accountName"))


def _status(cells: Cells) -> str:
    code = first(cells.get("statuscode"))
    if code[:1] in ("4", "5"):
        return "Failure"
    if code[:1] in ("2", "3"):
        return "Success"
    word = first(cells.get("statustext")).lower()
    return "Success" if word.endswith("success") or not word else "Failure"
