"""Whether a reader can decrypt what a bucket's default encryption encrypts with KMS.

From the KMS Developer Guide, "Determining access to AWS KMS keys": the key policy lets in
those it names; identity policies count where it names the account; grants let in as well.
Objects written before the default was set may be without it, so a reader who lacks the key
reads conditionally, or not at all where the option `encrypted: all` says that none is.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.grants._aws_effective import Request, reach
from scanner.grants._aws_exports import Bucket, Exports, Key, by_id, key_of
from scanner.grants._aws_identity import Identity, Policy
from scanner.grants._aws_trust import arns
from scanner.grants._zones import Zone
from scanner.model import Decision

YES, CONDITIONAL, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO


def decrypts(
    who: Identity, bucket: Bucket, exports: Exports, limits: Sequence[Policy]
) -> tuple[Decision, str]:
    """The answer for an identity, and in words why it is not yes."""
    if not bucket.key:
        return YES, ""
    if "alias/aws/" in bucket.key:  # the key that AWS keeps for the account
        own = not bucket.account or who.account == bucket.account
        return (YES, "") if own else (NO, "the key of another account's S3")
    key = key_of(exports, bucket.key)
    if key is None:
        return CONDITIONAL, f"the policy of KMS key {_name(bucket.key)} is not exported"
    return _by_key(who, bucket, (by_id(exports, bucket.key), key), limits)


def _by_key(
    who: Identity, bucket: Bucket, named: tuple[str, Key], limits: Sequence[Policy]
) -> tuple[Decision, str]:
    name, key = named
    granted = [note for principal, note in key.grantees if principal == who.arn]
    if "" in granted:
        return YES, ""
    fields = (name.split(":") + [""] * 6)[:6]
    arn = name if fields[5] else f"arn:aws:kms:*:{bucket.account or '*'}:key/{name}"
    known = {"kms:calleraccount": who.account}
    known |= {"kms:viaservice": f"s3.{fields[3]}.amazonaws.com"} if fields[3] else {}
    same = not fields[4] or fields[4] == who.account
    request = Request("kms:decrypt", Zone(arn), arns, known, same, identity_suffices=False)
    zones = reach(who, request, key.policies, limits)
    if not zones and not granted:
        return NO, f"no right to decrypt with KMS key {_name(bucket.key)}"
    best = max(zones, key=lambda z: z.decision.rank, default=Zone("", decision=CONDITIONAL))
    note = "" if best.decision is YES else f"KMS key {_name(bucket.key)}: {best.note or granted[0]}"
    return best.decision, note


def names(key: Key | None, principal: str) -> bool:
    """True when the key itself lets in somebody of whom no dump tells: he, or his account."""
    if key is None:
        return False
    account = (principal.split(":") + [""] * 5)[4] or principal
    named = {w.principal for p in key.policies for s in p.statements for w in s.principals}
    return bool({principal, account, "*"} & (named | {g for g, _ in key.grantees}))


def _name(key: str) -> str:
    return key.rpartition("/")[2]
