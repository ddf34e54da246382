"""S3 access control lists: `aws s3api get-bucket-acl`, and `get-object-acl` with its key.

READ on a bucket lists it and reads no object; READ on an object reads it.  From the S3 User
Guide, "Access control list (ACL) overview".  An object's ACL does not say whose it is: its
file holds `Bucket` and `Key` beside `Owner` and `Grants`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.batch import UnitLog
from scanner.grants._aws_exports import Bucket
from scanner.model import Decision, Grant

_GROUPS = {
    "AllUsers": ("*", "public", ""),
    "AuthenticatedUsers": ("*", "public", "any AWS account, of whatever company"),
    "LogDelivery": ("logging.s3.amazonaws.com", "service", ""),
}
_LEVELS = {
    "bucket": {
        "READ": "list",
        "WRITE": "write",
        "FULL_CONTROL": "admin",
        "READ_ACP": "none",
        "WRITE_ACP": "admin",
    },
    "object": {
        "READ": "read",
        "FULL_CONTROL": "read",
        "READ_ACP": "none",
        "WRITE_ACP": "admin",
        "WRITE": "none",
    },
}


def rows(bucket: Bucket, account: str, where: str, log: UnitLog) -> Iterator[Grant]:
    """Every grant of the bucket's lists, as public access block and ownership leave them."""
    for acl in bucket.acls:
        owner = acl.get("Owner")
        own = _Acl(bucket, account, str(acl.get("Key") or ""), _id(owner))
        for number, raw in enumerate(acl["Grants"], 1):
            log.records += 1
            row = own.row(number, raw)
            if row is not None:
                yield row
                continue
            log.failed_records += 1
            hint = "give the output of aws s3api get-bucket-acl as it is"
            log.problem("grants.acl", "a grant of an ACL is not understood", where, hint, number)


def _id(owner: Any) -> str:
    return str(owner.get("ID") or "") if isinstance(owner, dict) else ""


@dataclass(frozen=True, slots=True)
class _Acl:
    """One list; `key` is the object's, "" for the bucket's own."""

    bucket: Bucket
    account: str
    key: str
    owner: str

    def row(self, number: int, raw: Mapping[str, Any]) -> Grant | None:
        kind = "object" if self.key else "bucket"
        permission = str(raw.get("Permission", ""))
        level = _LEVELS[kind].get(permission)
        who = _grantee(raw.get("Grantee"), self.owner, self.account)
        if level is None or who is None:
            return None
        principal, type_, note = who
        stopped = _stopped(self.bucket, type_, principal, self.account)
        reads = level == "read" and not stopped
        below = f"/{self.key.replace('*', '?')}" if self.key else ""
        return Grant(
            principal=principal,
            principal_type=type_,
            privilege=permission,
            access_level=level,
            resource=f"s3://{self.bucket.name}{below}",
            effect="Allow",
            decision=Decision.YES if reads else Decision.NO,
            via=f"{kind} ACL grant {number}",
            system="s3",
            condition="; ".join(n for n in (note, stopped) if n),
        )


def _stopped(bucket: Bucket, type_: str, principal: str, account: str) -> str:
    if bucket.enforced and principal != account:
        return "ACLs are off (BucketOwnerEnforced)"
    if type_ == "public" and bucket.block.get("IgnorePublicAcls"):
        return "blocked by IgnorePublicAcls"
    return ""


def _grantee(raw: Any, owner: str, account: str) -> tuple[str, str, str] | None:
    """Principal, its type, and a note."""
    if not isinstance(raw, dict):
        return None
    uri, ident = str(raw.get("URI") or ""), str(raw.get("ID") or "")
    if uri:
        return _GROUPS.get(uri.rpartition("/")[2])
    if ident and ident == owner:
        return account, "account", "the owner"
    if ident:
        return ident, "account", "by its canonical id"
    email = str(raw.get("EmailAddress") or "")
    return (email, "account", "") if email else None
