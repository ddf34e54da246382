"""Cloud Audit Logs: storage, BigQuery in three forms, envelopes, callers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs.gcp_audit import plugin
from scanner.model import AccessEvent

OBJECT = "projects/_/buckets/shards/objects/raw/a b.json"
TABLE = "projects/acme/datasets/telemetry/tables/sessions"


def entry(number: int = 1, **payload: Any) -> dict[str, Any]:
    """An entry of Cloud Storage's data access log, with some parts of its payload replaced."""
    return {
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "status": {},
            "authenticationInfo": {"principalEmail": "ana@corp.example"},
            "requestMetadata": {"callerIp": "198.51.100.7", "callerSuppliedUserAgent": "gsutil"},
            "serviceName": "storage.googleapis.com",
            "methodName": "storage.objects.get",
            "authorizationInfo": [
                {"resource": OBJECT, "permission": "storage.objects.get", "granted": True}
            ],
            "resourceName": OBJECT,
        }
        | payload,
        "insertId": f"id{number}",
        "resource": {"type": "gcs_bucket", "labels": {"bucket_name": "shards"}},
        "timestamp": "2026-11-03T10:20:30.123456789Z",
        "severity": "INFO",
        "logName": "projects/acme/logs/cloudaudit.googleapis.com%2Fdata_access",
    }


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text("".join(json.dumps(entry(n)) + "\n" for n in range(3)))


def read(folder: Path, *entries: dict[str, Any], whole: bool = False) -> list[AccessEvent]:
    file = folder / "entries.json"
    lines = "".join(json.dumps(each) + "\n" for each in entries)
    file.write_text(json.dumps(entries, indent=1) if whole else lines)
    assert plugin.sniff(file, file.read_bytes()[:4096])
    log = UnitLog()
    found = list(plugin.read(LogFile(file), log))
    assert log.problems == []
    return found


def test_answers_of_the_api_and_published_entries(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    data = base64.b64encode(json.dumps(entry()).encode()).decode()
    for found in ({"entries": [entry()]}, {"message": {"data": data}, "subscription": "s"}):
        file.write_text(json.dumps(found))
        assert plugin.sniff(file, file.read_bytes()[:4096])
        assert [e.resource for e in plugin.read(LogFile(file), UnitLog())] == [
            "gs://shards/raw/a b.json"
        ]


def test_a_read_of_an_object(tmp_path: Path) -> None:
    (event,) = read(tmp_path, entry(), whole=True)
    assert (event.activity, event.status, event.actor) == ("Read", "Success", "ana@corp.example")
    assert event.resource == "gs://shards/raw/a b.json"
    assert event.time.isoformat() == "2026-11-03T10:20:30.123456+00:00"
    assert event.class_uid == 6003 and event.src_endpoint == "198.51.100.7"


def test_the_permission_decides_not_the_method(tmp_path: Path) -> None:
    checked = [
        {"resource": OBJECT, "permission": "storage.objects.get", "granted": True},
        {"resource": OBJECT + "2", "permission": "storage.objects.create", "granted": True},
    ]
    done = entry(methodName="storage.objects.rewrite", authorizationInfo=checked)
    assert [e.activity for e in read(tmp_path, done)] == ["Read", "Write"]


def test_refusals(tmp_path: Path) -> None:
    denied = [{"resource": OBJECT, "permission": "storage.objects.get"}]
    refused = entry(status={"code": 7}, authorizationInfo=denied)
    denied2 = [{"resource": OBJECT, "permission": "storage.objects.get", "granted": False}]
    assert [e.status for e in read(tmp_path, refused)] == ["Failure"]
    assert [e.status for e in read(tmp_path, entry(authorizationInfo=denied2))] == ["Failure"]


def test_anonymous_and_impersonated_callers(tmp_path: Path) -> None:
    chain = [{"firstPartyPrincipal": {"principalEmail": "bob@corp.example"}}]
    robot = {"principalEmail": "etl@acme.iam.gserviceaccount.com"}
    robot_for_bob = entry(2, authenticationInfo=robot | {"serviceAccountDelegationInfo": chain})
    nobody, bob = read(tmp_path, entry(authenticationInfo={}), robot_for_bob)
    assert nobody.actor == "anonymous"
    assert (bob.actor, bob.session) == ("etl@acme.iam.gserviceaccount.com", "bob@corp.example")


def test_bigquery_in_its_forms(tmp_path: Path) -> None:
    service = {"serviceName": "bigquery.googleapis.com", "resourceName": TABLE}
    checked = [{"resource": TABLE, "permission": "bigquery.tables.getData", "granted": True}]
    new = entry(
        **service,
        methodName="google.cloud.bigquery.v2.JobService.InsertJob",
        authorizationInfo=checked,
        metadata={"tableDataRead": {"reason": "JOB", "jobName": "projects/acme/jobs/j"}},
    )
    tables = [{"projectId": "acme", "datasetId": "telemetry", "tableId": "sessions"}]
    job = {"jobStatistics": {"referencedTables": tables}}
    old = entry(
        2,
        serviceName="bigquery.googleapis.com",
        methodName="jobservice.jobcompleted",
        resourceName="projects/acme/jobs/j",
        authorizationInfo=[],
        serviceData={"jobCompletedEvent": {"job": job}},
    )
    row = entry(3)
    row["protopayload_auditlog"] = (
        row.pop("protoPayload")
        | service
        | {
            "metadataJson": json.dumps({"tableDataRead": {}}),
            "authorizationInfo": checked,
        }
    )
    reads = [e for e in read(tmp_path, new, old, row) if e.activity == "Read"]
    assert {e.resource for e in reads} == {"bigquery://acme/telemetry/sessions"}
    assert [e.raw_offset for e in reads] == [0, 1, 2] and reads[0].class_uid == 6005


def test_an_entry_in_a_message(tmp_path: Path) -> None:
    file = tmp_path / "push.json"
    data = base64.b64encode(json.dumps(entry()).encode()).decode()
    file.write_text(json.dumps({"message": {"data": data, "messageId": "1"}}))
    assert [e.activity for e in plugin.read(LogFile(file), UnitLog())] == ["Read"]


def test_other_logs_are_passed_over_and_other_records_counted(tmp_path: Path) -> None:
    other = {"textPayload": "hello", "insertId": "x", "logName": "projects/acme/logs/app"}
    file = tmp_path / "mixed.json"
    lines = [json.dumps(other), json.dumps({"a": 1}), json.dumps(entry()), "{broken"]
    file.write_text("\n".join(lines))
    log = UnitLog()
    assert len(list(plugin.read(LogFile(file), log))) == 1
    assert log.failed_records == 2 and log.records == 4
