"""Who may read, as four systems export it: S3, a shared host, the warehouse, the directory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from maker.people import directory, role
from maker.store import Store

BUCKET = "arn:aws:s3:::hollowbrook-deskmate"
WAREHOUSE = "warehouse://hollowbrook/deskmate/sessions.parquet"


def write(store: Store) -> None:
    store.add("access/directory.json", _dumped(directory()))
    store.add("access/bucket-policy.json", _dumped(bucket_policy()))
    store.add("access/posix-modes.txt", "".join(f"{m}\n" for m in MODES).encode())
    store.add("access/warehouse-grants.csv", _warehouse_csv())


def _dumped(data: Any) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def bucket_policy() -> dict[str, Any]:
    """Statement 3 is the leak; 4 is old and its condition binds nobody; 6 holds."""
    core, analysts = {"AWS": role("deskmate-core")}, {"AWS": role("analysts")}
    statements = [
        _allow("CoreReadsAndWrites", core, ["s3:GetObject", "s3:PutObject"], ["/*"]),
        _allow("CollectorWrites", {"AWS": role("deskmate-collector")}, "s3:PutObject", ["/raw/*"]),
        _allow("AnalystsReadRaw", analysts, "s3:GetObject", ["/raw/*"]),
        _allow("ExportsForTheOldOrg", "*", "s3:GetObject", ["/exports/*", "/restricted/*"])
        | {"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-hollowbrk1"}}},
        _allow("TrainerReads", {"AWS": role("deskmate-trainer")}, "s3:GetObject",
               ["/raw/*", "/exports/*"]),
        {"Sid": "RestrictedIsSealed", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
         "Resource": f"{BUCKET}/restricted/*"},
        _allow("AnalystsList", analysts, "s3:ListBucket", [""]),
    ]  # fmt: skip
    return {"Version": "2012-10-17", "Id": "deskmate-2026-09", "Statement": statements}


def _allow(sid: str, principal: Any, action: Any, paths: Sequence[str]) -> dict[str, Any]:
    resources = [f"{BUCKET}{path}" for path in paths]
    resource: Any = resources[0] if len(resources) == 1 else resources
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action,
            "Resource": resource}  # fmt: skip


# `find / -xdev ... -printf '%m %u %g %y %p\n'` on shared01, the parts about deskmate.
MODES = (
    "755 root root d /",
    "755 root root d /srv",
    "711 idris.holloway deskmate-core d /srv/deskmate",
    "644 idris.holloway deskmate-core f /srv/deskmate/telemetry-extract.jsonl",
    "700 idris.holloway deskmate-core d /srv/deskmate/private",
    "644 idris.holloway deskmate-core f /srv/deskmate/private/scratch.jsonl",
    "750 idris.holloway deskmate-core d /srv/deskmate/tools",
    "640 idris.holloway deskmate-core f /srv/deskmate/tools/replay.sh",
)

GRANT_FIELDS = (
    "principal", "principal_type", "privilege", "access_level", "resource", "effect",
    "decision", "granted_by", "granted_time", "expiration_time", "condition", "purpose",
)  # fmt: skip


def _grant(principal: str, kind: str, by: str, since: str, **more: str) -> dict[str, str]:
    """One row of the warehouse's export; `more` fills the columns that are mostly empty."""
    row = dict.fromkeys(GRANT_FIELDS, "")
    row |= {"principal": principal, "principal_type": kind, "privilege": "SELECT",
            "access_level": "read", "resource": WAREHOUSE, "effect": "Allow", "decision": "yes",
            "granted_by": by, "granted_time": since}  # fmt: skip
    return row | more


def warehouse_grants() -> list[dict[str, str]]:
    mara, training = "mara.quill", "training of the assistant"
    return [
        _grant("deskmate-core", "group", mara, "2026-09-01T09:00:00Z", purpose=training),
        _grant("svc-trainer", "service", mara, "2026-09-01T09:00:00Z", purpose=training),
        _grant("svc-dashboards", "service", mara, "2026-09-14T10:30:00Z", purpose="usage counts"),
        _grant("people-analytics", "group", "ilse.marchbank", "2026-09-22T15:05:00Z",
               purpose="headcount planning"),
        _grant("cormac.teague", "user", "dorian.pike", "2026-09-10T08:00:00Z",
               expiration_time="2026-10-01T00:00:00Z", purpose="customer demo"),
        _grant("contractors", "group", "dorian.pike", "2026-09-25T11:00:00Z",
               decision="conditional", condition="row policy: user = current_user()"),
        _grant("dept-support", "group", mara, "2026-09-01T09:00:00Z", privilege="DESCRIBE",
               access_level="list", decision="no"),
    ]  # fmt: skip


def _warehouse_csv() -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, GRANT_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(warehouse_grants())
    return out.getvalue().encode()
