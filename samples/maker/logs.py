"""The visits as two logs tell them: CloudTrail's S3 data events, and the warehouse's own."""

# ruff: noqa: S311 - repeatable filler is the point, nothing here is secret

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from maker import filler
from maker.people import ACCOUNT, CONTRACTOR, role
from maker.store import Store
from maker.values import filler as letters
from maker.visits import BUCKET, EXPORTS, EXPORTS_LOGGED_FROM, Visit

REGION = "eu-west-2"
NAME = BUCKET.removeprefix("s3://").rstrip("/")
OPERATIONS = {"Read": "GetObject", "List": "ListObjects", "Write": "PutObject"}


def write(store: Store, visits: Sequence[Visit], sizes: Mapping[str, int]) -> None:
    """Both logs; `sizes` gives the bytes of the objects that exist."""
    for day in range(1, 15):
        todays = [v for v in visits if v.time.day == day and _in_trail(v)]
        _trail_file(store, day, todays, visits, sizes)
    store.add("access/warehouse-access.csv", _warehouse(visits, sizes))


def _in_trail(visit: Visit) -> bool:
    """Whether the trail recorded it: exports/ was added to the trail a week late."""
    if visit.resource.startswith(EXPORTS) and visit.time < EXPORTS_LOGGED_FROM:
        return False
    return visit.resource.startswith(BUCKET)


def logged(visits: Sequence[Visit]) -> list[Visit]:
    """The visits of which any log speaks."""
    return [v for v in visits if _in_trail(v) or not v.resource.startswith(BUCKET)]


def _trail_file(
    store: Store,
    day: int,
    todays: Sequence[Visit],
    visits: Sequence[Visit],
    sizes: Mapping[str, int],
) -> None:
    folder = f"access/cloudtrail/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/10/{day:02d}"
    stem = f"{ACCOUNT}_CloudTrail_{REGION}_202610{day:02d}T2355Z_{letters(f'trail.{day}', 16)}"
    records = [_record(visit, sizes) for visit in todays]
    if day == 9:  # CloudTrail delivers at least once: yesterday's last event comes again
        last = [v for v in visits if v.time.day == 8 and _in_trail(v) and v.activity == "Read"][-1]
        records.insert(3, _record(last, sizes))
    body = json.dumps({"Records": records}, separators=(",", ":"))
    store.add(f"{folder}/{stem}.json.gz", body.encode())


def _record(visit: Visit, sizes: Mapping[str, int]) -> dict[str, Any]:
    """One event of version 1.11; the same visit always gives the same event."""
    random = Random(f"{visit.time}/{visit.actor}/{visit.resource}")
    key = visit.resource.removeprefix(BUCKET)
    parameters = {"bucketName": NAME, "Host": f"{NAME}.s3.{REGION}.amazonaws.com"}
    return {
        "eventVersion": "1.11",
        "userIdentity": _identity(visit),
        "eventTime": f"{visit.time:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "s3.amazonaws.com",
        "eventName": OPERATIONS[visit.activity],
        "awsRegion": REGION,
        "sourceIPAddress": _address(visit),
        "userAgent": "s3.amazonaws.com" if _is_aws(visit) else "[aws-cli/2.31.9 md/awscrt#0.27.6]",
        **({} if visit.ok else {"errorCode": "AccessDenied", "errorMessage": "Access Denied"}),
        "requestParameters": parameters | ({"key": key} if key else {"prefix": "raw/"}),
        "responseElements": None,
        "additionalEventData": _transfer(visit, sizes),
        "requestID": filler.hexes(random, 16).upper(),
        "eventID": filler.uuid(random),
        "readOnly": visit.activity != "Write",
        "resources": _resources(key),
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data",
    }


def _is_aws(visit: Visit) -> bool:
    return visit.actor.endswith(".amazonaws.com")


def _identity(visit: Visit) -> dict[str, Any]:
    if visit.actor == "anonymous":
        return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    if _is_aws(visit):
        return {"type": "AWSService", "invokedBy": visit.actor}
    if visit.actor == CONTRACTOR:
        return _user(visit.actor)
    return _assumed(visit)


def _user(name: str) -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "principalId": "AIDA" + "HOLLOWBROOK" + letters(name, 6, "234567QXZ"),
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "userName": name,
    }


def _assumed(visit: Visit) -> dict[str, Any]:
    """A role session: the role is the right, the session name the person."""
    person = visit.actor if visit.actor.startswith("svc-") else f"{visit.actor}@hollowbrook.example"
    unique = "AROA" + "HOLLOWBROOK" + letters(visit.role, 6, "234567QXZ")
    issuer = {"type": "Role", "principalId": unique, "arn": role(visit.role), "accountId": ACCOUNT,
              "userName": visit.role}  # fmt: skip
    created = {"creationDate": f"{visit.time:%Y-%m-%dT%H:00:00Z}", "mfaAuthenticated": "false"}
    return {
        "type": "AssumedRole",
        "principalId": f"{unique}:{person}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{visit.role}/{person}",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": issuer, "attributes": created},
    }


def _address(visit: Visit) -> str:
    """Addresses of the documentation ranges (RFC 5737); one per actor."""
    if _is_aws(visit):
        return visit.actor
    last = Random(f"ip/{visit.actor}").randint(2, 250)
    outside = visit.actor in ("anonymous", CONTRACTOR)
    return f"203.0.113.{last}" if outside else f"198.51.100.{last}"


def _transfer(visit: Visit, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Byte counts, which CloudTrail writes as floats."""
    size = float(sizes.get(visit.resource, 51_200))
    out = size if visit.activity == "Read" and visit.ok else 243.0
    into = size if visit.activity == "Write" else 0.0
    method = "None" if visit.actor == "anonymous" else "AuthHeader"
    return {"AuthenticationMethod": method, "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": into, "bytesTransferredOut": out}  # fmt: skip


def _resources(key: str) -> list[dict[str, str]]:
    arn = f"arn:aws:s3:::{NAME}"
    bucket = {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": arn}
    if not key:
        return [{"type": "AWS::S3::Object", "ARNPrefix": f"{arn}/raw/"}, bucket]
    return [{"type": "AWS::S3::Object", "ARN": f"{arn}/{key}"}, bucket]


COLUMNS = ("query_id", "finished_at", "user_name", "object", "statement", "activity", "status",
           "rows", "bytes_sent", "client_ip")  # fmt: skip


def _warehouse(visits: Sequence[Visit], sizes: Mapping[str, int]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    inside = (v for v in visits if not v.resource.startswith(BUCKET))
    writer.writerows(_query(i, visit, sizes) for i, visit in enumerate(inside))
    return out.getvalue().encode()


def _query(i: int, visit: Visit, sizes: Mapping[str, int]) -> dict[str, Any]:
    read = visit.activity == "Read" and visit.ok
    return {
        "query_id": f"q-{7000 + 3 * i}",
        "finished_at": f"{visit.time:%Y-%m-%d %H:%M:%S}",
        "user_name": visit.actor,
        "object": visit.resource,
        "statement": "SELECT" if visit.activity == "Read" else "DESCRIBE",
        "activity": visit.activity,
        "status": "Success" if visit.ok else "Failure",
        "rows": 294 if read else 0,
        "bytes_sent": sizes[visit.resource] if read else 0,
        "client_ip": _address(visit),
    }
