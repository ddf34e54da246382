"""S3 access points: another door to a bucket, with a policy of its own.

From the S3 User Guide, "Configuring IAM policies for using access points": a request over an
access point needs the access point's policy and the bucket's, so its rows are conditional
unless the bucket policy hands the decision over (s3:DataAccessPointAccount).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scanner.grants._aws_actions import READ
from scanner.grants._s3_block import owners_only
from scanner.grants._s3_statement import Context, Statement, grants
from scanner.grants._zones import join, least
from scanner.model import Decision, Grant

ARN = re.compile(r"arn:[^:]*:s3:[^:]*:([0-9]*):accesspoint/([^/]+)(?:/object)?(.*)")
_HANDED = "s3:dataaccesspointaccount"


@dataclass(frozen=True, slots=True)
class Point:
    """`aws s3control get-access-point`; `restricted`: its own RestrictPublicBuckets."""

    bucket: str
    account: str
    vpc: bool = False
    restricted: bool = True


@dataclass(frozen=True, slots=True)
class Door:
    """An access point with its statements."""

    name: str
    point: Point
    statements: tuple[Statement, ...] = field(default=())


def rows(door: Door, bucket_statements: list[Statement], organization: str) -> Iterator[Grant]:
    """What the access point's policy gives, as rows on the bucket's objects."""
    moved = [_on_bucket(s, door.point.bucket) for s in door.statements]
    allowed = [s.reads() for s in moved if s.effect == "Allow"]
    reads = frozenset[str]().union(*allowed) or READ
    context = Context(door.point.bucket, organization, None, reads)
    found = [row for s in moved for row in grants(s, context)]
    if door.point.restricted:
        found = list(owners_only(found, door.point.account))
    note = "" if _handed_over(bucket_statements, door.point) else "if the bucket's policy lets it"
    note = join(note, "from inside its VPC" if door.point.vpc else "")
    for row in found:
        yield _row(row, door.name, note)


def _row(row: Grant, name: str, note: str) -> Grant:
    open_ = row.effect == "Allow" and row.decision is not Decision.NO and note
    return replace(
        row,
        system=f"access point {name}",
        via=row.via.replace("bucket policy", f"access point {name} policy", 1),
        decision=least(row.decision, Decision.CONDITIONAL) if open_ else row.decision,
        condition=join(row.condition, note) if open_ else row.condition,
    )


def _on_bucket(statement: Statement, bucket: str) -> Statement:
    return replace(statement, resources=tuple(on_bucket(r, bucket) for r in statement.resources))


def on_bucket(resource: str, bucket: str) -> str:
    """An access point's ARN as that of the bucket's objects behind it."""
    found = ARN.fullmatch(resource)
    return f"arn:aws:s3:::{bucket}{found[3]}" if found else resource


def _handed_over(statements: list[Statement], point: Point) -> bool:
    """True when the bucket policy allows all that the account's access points let through."""
    if any(s.effect == "Deny" for s in statements):
        return False
    return any(
        s.reads()
        and any(w.type == "public" for w in s.principals)
        and [t.key for t in s.tests] == [_HANDED]
        and point.account in s.tests[0].values
        for s in statements
    )
