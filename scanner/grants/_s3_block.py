"""What RestrictPublicBuckets leaves of a public bucket policy.

From the S3 User Guide, "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.model import Decision, Grant

_BLOCKED = "blocked by RestrictPublicBuckets"


def owners_only(rows: list[Grant], account: str) -> Iterator[Grant]:
    """The rows as RestrictPublicBuckets leaves them, when one of them makes the bucket public."""
    public = any(
        r.effect == "Allow" and r.principal_type == "public" and r.decision is Decision.YES
        for r in rows
    )
    for row in rows:
        yield from _behind_block(row, account) if public and row.effect == "Allow" else [row]


def _behind_block(row: Grant, account: str) -> Iterator[Grant]:
    if row.decision is Decision.NO or row.principal_type == "service":
        yield row
    elif row.principal_type == "public":
        yield replace(row, decision=Decision.NO, condition=_note(row, _BLOCKED))
        owner = account or "bucket-owner-account"
        note = "the account that owns the bucket"
        yield replace(row, principal=owner, principal_type="account", condition=_note(row, note))
    else:
        yield _foreign(row, account)


def _foreign(row: Grant, account: str) -> Grant:
    """A named principal: shut out when it is surely of another account, else perhaps."""
    fields = row.principal.split(":", 5)
    its = fields[4] if len(fields) == 6 else row.principal
    if account and its == account:
        return row
    foreign = account and its.isdigit()
    decision = Decision.NO if foreign else Decision.CONDITIONAL
    note = _BLOCKED if foreign else f"{_BLOCKED} unless of the owner's account"
    return replace(row, decision=decision, condition=_note(row, note))


def _note(row: Grant, note: str) -> str:
    return f"{row.condition}; {note}" if row.condition else note
