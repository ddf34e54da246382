"""Azure Storage: resource logs, exported tables, classic logs; who is behind a key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs.azure_storage import plugin
from scanner.model import AccessEvent

ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acme"
OAUTH = {
    "type": "OAuth",
    "tokenHash": "AB12",
    "requester": {"objectId": "oid-1", "upn": "ana@corp.example", "appId": "app-1"},
}


def record(number: int = 1, **parts: Any) -> dict[str, Any]:
    """A resource log record of category StorageRead, with some parts replaced."""
    return {
        "time": "2026-11-03T10:20:30.1234567Z",
        "resourceId": f"{ACCOUNT}/blobServices/default",
        "category": "StorageRead",
        "operationName": "GetBlob",
        "operationVersion": "2021-12-02",
        "schemaVersion": "1.0",
        "statusCode": 200,
        "statusText": "Success",
        "durationMs": 5,
        "callerIpAddress": "198.51.100.7:50123",
        "correlationId": f"c-{number}",
        "identity": OAUTH,
        "properties": {"accountName": "acme", "responseBodySize": 1024, "serviceType": "blob"},
        "uri": "https://acme.blob.core.windows.net:443/shards/raw/a%20b.json?sv=1&sig=XXXXX",
        "protocol": "HTTPS",
    } | parts


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text("".join(json.dumps(record(n)) + "\n" for n in range(3)))


def read(folder: Path, text: str) -> tuple[list[AccessEvent], UnitLog]:
    file = folder / "PT1H.json"
    file.write_text(text)
    assert plugin.sniff(file, file.read_bytes()[:4096])
    log = UnitLog()
    return list(plugin.read(LogFile(file), log)), log


def one(folder: Path, **parts: Any) -> AccessEvent:
    events, log = read(folder, json.dumps(record(**parts)))
    assert log.problems == []
    return events[0]


def test_a_read(tmp_path: Path) -> None:
    event = one(tmp_path)
    assert (event.activity, event.status, event.bytes_out) == ("Read", "Success", 1024)
    assert event.resource == "https://acme.blob.core.windows.net/shards/raw/a b.json"
    assert (event.actor, event.session) == ("ana@corp.example", "app-1")
    assert event.src_endpoint == "198.51.100.7:50123"


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        ({"type": "Anonymous"}, "anonymous"),
        ({"type": "AccountKey", "tokenHash": "key1(9F1C)"}, "account-key:acme/key1"),
        ({"type": "SAS", "tokenHash": "key2(9F1C),SasSignature(77AA)"}, "sas:77AA"),
        ({"type": "OAuth", "requester": {"objectId": "oid-2"}}, "oid-2"),
    ],
)
def test_who_asked(tmp_path: Path, identity: dict[str, Any], actor: str) -> None:
    assert one(tmp_path, identity=identity).actor == actor


@pytest.mark.parametrize(
    ("operation", "activity"),
    [("ListBlobs", "List"), ("GetBlobProperties", "List"), ("PutBlob", "Write"),
     ("DeleteBlob", "Delete"), ("SetContainerACL", "Update"), ("CopyBlobSource", "Read"),
     ("ReadFile", "Read")],
)  # fmt: skip
def test_operations(tmp_path: Path, operation: str, activity: str) -> None:
    assert one(tmp_path, operationName=operation).activity == activity


def test_refusals_and_data_lake_names(tmp_path: Path) -> None:
    event = one(
        tmp_path,
        statusCode="403",
        statusText="AuthorizationPermissionMismatch",
        uri="https://acme.dfs.core.windows.net/shards/raw",
    )
    assert event.status == "Failure"
    assert event.resource == "https://acme.blob.core.windows.net/shards/raw"


def test_an_exported_table(tmp_path: Path) -> None:
    events, log = read(
        tmp_path,
        "TimeGenerated [UTC],AccountName,OperationName,Category,AuthenticationType,StatusCode,"
        "StatusText,Uri,RequesterUpn,ResponseBodySize,CallerIpAddress,CorrelationId\n"
        '"11/3/2026, 10:20:30.123 AM",acme,GetBlob,StorageRead,OAuth,200,Success,'
        "https://acme.blob.core.windows.net/shards/a,ana@corp.example,7,198.51.100.7:1,c1\n",
    )
    assert log.problems == []
    assert [(e.activity, e.actor, e.bytes_out) for e in events] == [("Read", "ana@corp.example", 7)]


def test_classic_lines(tmp_path: Path) -> None:
    line = (
        "1.0;2026-11-03T10:20:30.1234567Z;GetBlob;{status};200;18;17;{auth};{who};acme;blob;"
        '"https://acme.blob.core.windows.net/shards/a.json?x=1";"/acme/shards/a.json";r-{n};0;'
        "198.51.100.7:1;2009-09-19;252;0;265;100;0;;;;;;;\n"
    )
    text = line.format(status="Success", auth="authenticated", who="acme", n=1)
    text += line.format(status="SASAuthorizationError", auth="sas", who="", n=2)
    text += line.format(status="AnonymousSuccess", auth="anonymous", who="", n=3) + "1.0;broken\n"
    events, log = read(tmp_path, text)
    assert [e.actor for e in events] == ["account-key:acme", "sas:acme", "anonymous"]
    assert [e.status for e in events] == ["Success", "Failure", "Success"]
    assert events[0].resource == "https://acme.blob.core.windows.net/shards/a.json"
    assert log.failed_records == 1


def test_classic_lines_with_a_token_name_the_person(tmp_path: Path) -> None:
    line = (
        "2.0;2026-11-03T10:20:30.1234567Z;GetBlob;OAuthSuccess;206;18;17;bearer;;acme;blob;"
        '"https://acme.blob.core.windows.net/shards/a.json";"/acme/shards/a.json";r-1;0;'
        '198.51.100.7:1;2019-12-12;252;0;265;100;0;;;"0x8";;;"x";;"cid";"oid-1";"tenant";"app";'
        '"https://storage.azure.com";"https://sts.example/";{upn};;;\n'
    )
    events, _ = read(tmp_path, line.format(upn='"ana@corp.example"') + line.format(upn=""))
    assert [e.actor for e in events] == ["ana@corp.example", "oid-1"]


def test_other_categories_and_batches(tmp_path: Path) -> None:
    batch = {"records": [record(1), record(2, category="Transaction"), record(3)]}
    events, log = read(tmp_path, json.dumps(batch))
    assert len(events) == 2 and log.problems == []
