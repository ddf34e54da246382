"""Measures the audit: events x findings x grants, on one core, in CPU seconds and peak memory.

    python tests/benchmarks/audit.py --events 20 --findings 100000 --grants 50000

`--events` are millions.  `checks` is all from opening the ledger to the last check, `audit` the
whole with its incidents, `readers` who can read each object, `cloudtrail` a log file's events per
CPU second, and `pandas`, where it is installed, what a notebook would do.

The world is made up by seed: 70,000 objects in folders five deep, 20,000 people in 2,000 groups
(nested, with cycles), grants on objects, folders and globs to people, groups, everybody and all
staff, some with an end, some a Deny.  It is made in a process of its own, as is each part.
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import click
import duckdb
import pyarrow as pa

from scanner.audit import (
    MEMORY,
    AuditOptions,
    audit,
    checks,
    crowds,
    exposure,
    prepare,
    principals,
    programme,
)
from scanner.batch import UnitLog
from scanner.config.policy import Governance
from scanner.ledger import Ledger
from scanner.ledger import schema as ledger_schema
from scanner.ledger.views import connect
from scanner.logs import LogFile
from scanner.logs.cloudtrail import plugin as cloudtrail
from scanner.model import Confidence
from scanner.rulepacks.load import own_rules

NOW = datetime(2026, 10, 15, tzinfo=UTC)
OBJECTS, PEOPLE, GROUPS = 70_000, 20_000, 2_000

_FOLDER = "'s3://store-' || ({0} % 20) || '/raw/team-' || ({0} % 400) || '/"
_PLACE = _FOLDER + "day-' || ({0} % 60) || '/part-' || {0} || '.jsonl'"
_AT_N, _AT_O, _TEAM = _PLACE.format("n"), _PLACE.format("o"), _FOLDER.format("o")

_PRINCIPALS = f"""
SELECT 'u' || n AS id, 'user' AS type, 'Person ' || n AS name, 'department ' || (n % 40) AS
  department, 'u' || (n // 10) AS manager,
  CASE WHEN n % 50 = 0 THEN 'terminated' ELSE 'active' END AS status,
  ['u' || n || '@corp.example', 'arn:aws:iam::111122223333:user/u' || n] AS aliases
FROM range({PEOPLE}) t(n)
UNION ALL SELECT 'g' || n, 'group', 'Group ' || n, '', '', '', [] FROM range({GROUPS}) t(n)
"""
_MEMBERSHIPS = f"""
SELECT 'u' || n AS member, 'g' || (hash(n, k) % {GROUPS}) AS "group"
FROM range({PEOPLE}) t(n), range(4) s(k)
UNION ALL SELECT 'g' || n, 'g' || (n // 3) FROM range(1, {GROUPS}) t(n)
UNION ALL SELECT 'g' || (n // 9), 'g' || n FROM range(9, {GROUPS}, 100) t(n)
"""
_GRANTS = f"""
SELECT CASE WHEN kind = 'user' THEN 'u' || (h % {PEOPLE}) WHEN kind = 'group'
    THEN 'g' || (h % {GROUPS}) ELSE '*' END AS principal, kind AS principal_type,
  's3:GetObject' AS privilege, 'read' AS access_level,
  CASE WHEN kind IN ('public', 'all_staff') OR n % 5 < 3 THEN {_AT_O}
    WHEN n % 5 = 3 THEN {_TEAM}'
    WHEN n % 200 = 4 THEN {_TEAM}*/part-1*'
    ELSE {_TEAM}day-' || (o % 60) || '/*'
    END AS resource,
  CASE WHEN n % 25 = 0 THEN 'Deny' ELSE 'Allow' END AS effect,
  CASE WHEN n % 17 = 0 THEN 'conditional' ELSE 'yes' END AS decision,
  'statement ' || n AS via, CASE WHEN n % 4 = 0 THEN 'iam' ELSE 's3_policy' END AS system,
  CASE WHEN n % 3 = 0 THEN TIMESTAMPTZ '2026-09-01 00:00:00Z' + to_hours((h % 800)::INTEGER) END
    AS granted_time,
  CASE WHEN n % 7 = 0 THEN TIMESTAMPTZ '2026-10-01 00:00:00Z' + to_hours((h % 900)::INTEGER) END
    AS expiration_time
FROM (SELECT n, hash(n, 1) AS h, (hash(n, 2) % {OBJECTS})::BIGINT AS o,
  CASE WHEN n % 500 = 0 THEN 'public' WHEN n % 500 = 1 THEN 'all_staff'
    WHEN n % 2 = 0 THEN 'user' ELSE 'group' END AS kind FROM range($n) t(n))
"""
_OBJECTS = f"""
SELECT 'data/' || n AS uri, {_AT_N} AS resource, 'store-' || (n % 20) AS store, 'team' AS owner,
  TIMESTAMPTZ '2026-09-20 00:00:00Z' AS landed FROM range({OBJECTS}) t(n)
"""
_FINDINGS = f"""
SELECT 'f' || n AS id, 'rule-' || (n % 40) AS rule_id,
  CASE WHEN n % 3 = 0 THEN 'credential' ELSE 'pii' END AS category, 'high' AS severity,
  'high' AS confidence,
  {{'uri': 'data/' || (hash(n) % {OBJECTS // 2}), 'record': n, 'part': 'value'}} AS location,
  CASE WHEN n % 10 = 0 THEN md5((n % 1000)::VARCHAR) ELSE md5(n::VARCHAR) END AS fingerprint,
  'ab***' AS preview, TIMESTAMPTZ '2026-10-14 00:00:00Z' AS observed_at, ['shape'] AS evidence
FROM range($n) t(n)
"""
_EVENTS = f"""
SELECT 'e' || n AS event_id,
  TIMESTAMPTZ '2026-09-20 00:00:00Z' + to_seconds((h // 7 % 2160000)::INTEGER) AS time,
  6005 AS class_uid, CASE WHEN n % 10 < 8 THEN 'Read' WHEN n % 10 = 8 THEN 'List' ELSE 'Write' END
    AS activity, CASE WHEN n % 33 = 0 THEN 'Failure' ELSE 'Success' END AS status,
  CASE WHEN n % 3 = 0 THEN 'arn:aws:iam::111122223333:user/u' || (h % {PEOPLE})
    ELSE 'arn:aws:sts::111122223333:assumed-role/analyst/s' END AS actor,
  CASE WHEN n % 3 = 0 THEN '' ELSE 'u' || (h % {PEOPLE}) || '@corp.example' END AS session,
  {_AT_O} AS resource, 'GetObject' AS operation,
  (h % 100000)::BIGINT AS bytes_out, '10.0.0.' || (n % 250) AS src_endpoint,
  'cloudtrail' AS log_source, 'trail-' || (n // 100000) AS raw_file, n AS raw_offset
FROM (SELECT n, hash(n, 5) AS h, (hash(n, 6) % {OBJECTS * 2})::BIGINT AS o
  FROM range($a, $b) t(n))
"""
_COVERAGE = """
SELECT 's3://store-' || n || '/' AS resource, TIMESTAMPTZ '2026-09-01 00:00:00Z' AS start,
  TIMESTAMPTZ '2026-10-15 00:00:00Z' AS "end", 'trail' AS source, 'declared' AS basis
FROM range(18) t(n)
"""
_STEP = 500_000


def make(folder: Path, events: int, findings: int, grants: int) -> None:
    """Write the world as one run of a ledger."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET threads = 1; SET enable_progress_bar = false")
    with Ledger(folder).run("world") as run:
        for table, sql in {
            "principals": _PRINCIPALS,
            "memberships": _MEMBERSHIPS,
            "grants": _GRANTS.replace("$n", str(grants)),
            "objects": _OBJECTS,
            "findings": _FINDINGS.replace("$n", str(findings)),
            "coverage": _COVERAGE,
            "inputs": "SELECT 'f' AS uri, 'jsonl' AS format, 'scanned' AS status",
        }.items():
            run.write_batches(table, _fitted(con, table, sql))
        for first in range(0, events, _STEP):
            sql = _EVENTS.replace("$a", str(first)).replace("$b", str(min(events, first + _STEP)))
            run.write_batches("events", _fitted(con, "events", sql))


def _fitted(con: duckdb.DuckDBPyConnection, table: str, sql: str) -> Iterator[pa.RecordBatch]:
    """The rows with every column of the table: what the query leaves out is empty."""
    schema = ledger_schema.schema(table)
    for batch in con.sql(sql).to_arrow_reader(100_000):
        columns = {name: batch.column(name) for name in batch.schema.names}
        yield pa.record_batch(
            [_column(field, columns.get(field.name), batch.num_rows) for field in schema],
            schema=schema,
        )


def _column(field: pa.Field, given: pa.Array | None, size: int) -> pa.Array:
    if pa.types.is_struct(field.type):
        inner = {f.name: given.field(f.name) for f in given.type} if given is not None else {}
        parts = [_column(f, inner.get(f.name), size) for f in field.type]
        return pa.StructArray.from_arrays(parts, fields=list(field.type))
    if given is not None:
        return given.cast(field.type)
    if pa.types.is_string(field.type):
        return pa.array([""] * size, field.type)
    if pa.types.is_list(field.type):
        return pa.array([[]] * size, field.type)
    if pa.types.is_integer(field.type):
        return pa.array([0] * size, field.type)
    return pa.nulls(size, field.type)


def _spent(begun: float, **more: object) -> dict[str, object]:
    """CPU seconds since, and the most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": round(time.process_time() - begun, 2), "peak_mb": round(peak)} | more


def checked(folder: Path) -> dict[str, object]:
    """Every check, from the opened ledger to its answer."""
    begun = time.process_time()
    with connect(Ledger(folder), ["world"], MEMORY) as con:
        prepare(con, AuditOptions(NOW))
        results = checks.run(con, checks.load((own_rules(),)))
        states = {check.id: f"{check.state} {check.count}" for check in results}
        return _spent(begun, checks=states)


def measure(folder: Path) -> dict[str, object]:
    """The whole audit."""
    begun = time.process_time()
    result = audit(Ledger(folder), ["world"], AuditOptions(NOW))
    return _spent(begun, incidents=len(result.incidents))


def readers(folder: Path) -> dict[str, object]:
    """The effective readers of every object: from grants and groups as loaded to answer rows."""
    import numpy as np  # noqa: F401 - is there already in an audit

    with connect(Ledger(folder), ["world"]) as con:
        principals.prepare(con, NOW, Confidence.MEDIUM)  # objects, and what logs say of reads
        begun = time.process_time()
        programme.rules(con, Governance())
        principals.resolve(con, ())
        programme.people(con)
        exposure.compute(con)
        prepared = time.process_time()
        crowds.compute(con)
        rows = con.execute(_READERS).fetchall()
        added_up = round(time.process_time() - prepared, 2)
    pairs = sum(row[-1] for row in rows)
    return _spent(begun, of_it_adding_up=added_up, objects=len(rows), pairs=pairs)


def logged(folder: Path) -> dict[str, object]:
    """Events per CPU second of a CloudTrail file as AWS delivers it."""
    path = folder.with_name(folder.name + ".json.gz")
    path.write_bytes(
        gzip.compress(json.dumps({"Records": [*map(_record, range(60_000))]}).encode())
    )
    begun = time.process_time()
    events = sum(1 for _ in cloudtrail.read(LogFile(path), UnitLog()))
    path.unlink()
    return _spent(begun, events_per_cpu_second=round(events / (time.process_time() - begun)))


def _record(number: int) -> dict[str, object]:
    arn = f"arn:aws:iam::111122223333:user/u{number % PEOPLE}"
    who = {"type": "IAMUser", "arn": arn, "accountId": "111122223333", "userName": "u"}
    key = f"raw/team-{number % 400}/part-{number}.jsonl"
    return {
        "eventVersion": "1.11", "userIdentity": who, "eventTime": "2026-10-01T10:00:00Z",
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7", "userAgent": "[aws-cli/2.15 Python/3.11]",
        "requestParameters": {"bucketName": "store-1", "Host": "s3.amazonaws.com", "key": key},
        "responseElements": None, "requestID": f"R{number}", "readOnly": True,
        "additionalEventData": {"SignatureVersion": "SigV4", "bytesTransferredOut": 4096.0},
        "eventID": f"00000000-0000-4000-8000-{number:012}", "eventType": "AwsApiCall",
        "resources": [{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::store-1/{key}"}],
        "managementEvent": False, "recipientAccountId": "111122223333", "eventCategory": "Data",
    }  # fmt: skip


def in_pandas(folder: Path) -> dict[str, object]:
    """What a notebook would do: reads joined with objects and people.

    Only successful reads of objects, once an event, by whom, how often and when: no right, no
    group and no date of a grant is looked at.
    """
    import pandas as pd

    begun = time.process_time()
    run = folder / "run=world"
    columns = ["event_id", "time", "activity", "status", "actor", "session", "resource"]
    events = pd.read_parquet(run / "events.parquet", columns=columns)
    objects = pd.read_parquet(run / "objects.parquet", columns=["resource", "store", "landed"])
    events = events[(events.activity == "Read") & (events.status == "Success")]
    found = events.merge(objects, on="resource").drop_duplicates("event_id")
    who = found.session.where(found.session != "", found.actor)
    told = found.groupby(["resource", who]).time.agg(["count", "min", "max"])
    return _spent(begun, pairs=len(told))


_READERS = """
SELECT r.resource, a.decision, a."public", a.all_staff, a.people_conditional, a.people
FROM resources r JOIN standing s USING (rid) JOIN profile_access a USING (profile)
"""


_PARTS = {
    "checks": checked,
    "audit": measure,
    "readers": readers,
    "cloudtrail": logged,
    "pandas": in_pandas,
}


@click.command()
@click.option("--events", default=1.0, show_default=True, help="Millions.")
@click.option("--findings", default=100_000, show_default=True)
@click.option("--grants", default=50_000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the world here.")
@click.option("--part", type=click.Choice(["make", *_PARTS]), hidden=True)
def main(events: float, findings: int, grants: int, folder: Path | None, part: str | None) -> None:
    """Measure the audit of a made-up world."""
    if part and folder:
        if part == "make":
            make(folder, int(events * 1e6), findings, grants)
        else:
            click.echo(json.dumps(_PARTS[part](folder)))
        return
    with tempfile.TemporaryDirectory(prefix="leakgate-audit-") as made:
        home = folder or Path(made) / "ledger"
        sizes = ["--events", str(events), "--findings", str(findings), "--grants", str(grants)]
        steps = [] if (home / "run=world").exists() else ["make"]
        steps += [name for name in _PARTS if name != "pandas" or find_spec("pandas")]
        for step in steps:
            command = [sys.executable, __file__, "--folder", str(home), "--part", step, *sizes]
            done = subprocess.run(command, capture_output=True, check=True, text=True)
            click.echo(f"{step}: {done.stdout.strip()}")


if __name__ == "__main__":
    main()
