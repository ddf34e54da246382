"""Who made a CloudTrail call: the `userIdentity` element as actor and session.

Forms from the CloudTrail User Guide, "CloudTrail userIdentity element".
"""

from __future__ import annotations

import re

import msgspec

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<role>.+)/(?P<who>[^/]+)"
)
ANONYMOUS = "anonymous"
_NOBODY = {"ANONYMOUS_PRINCIPAL", "anonymous"}


class _Issuer(msgspec.Struct, gc=False):
    arn: str | None = None


class _Session(msgspec.Struct, gc=False):
    sessionIssuer: _Issuer | None = None
    sourceIdentity: str | None = None


class _OnBehalfOf(msgspec.Struct, gc=False):
    userId: str | None = None


class Identity(msgspec.Struct, gc=False):
    """The parts of `userIdentity` that say who it was."""

    type: str | None = None
    arn: str | None = None
    principalId: str | None = None
    accountId: str | None = None
    invokedBy: str | None = None
    userName: str | None = None
    accessKeyId: str | None = None
    sessionContext: _Session | None = None
    onBehalfOf: _OnBehalfOf | None = None


def who(identity: Identity | None) -> tuple[str, str]:
    """Actor (whose rights were used) and session (which person, where the log says it).

    An assumed role is the role's ARN with the session's name; a source identity, which the
    holder of the session cannot choose later, goes before that name.  A caller of another
    account, whom the log names by ids only, acts as that account, which is whom a grant names.
    """
    if identity is None:
        return "unknown", ""
    if _is_anonymous(identity):
        return ANONYMOUS, ""
    principal, _, suffix = (identity.principalId or "").partition(":")
    context = identity.sessionContext
    issuer = context.sessionIssuer.arn if context and context.sessionIssuer else None
    person = (context.sourceIdentity if context else None) or _session_name(identity, suffix)
    if identity.type == "AssumedRole":
        return issuer or identity.arn or principal or "unknown", person
    if identity.type == "AWSAccount" and _ACCOUNT.fullmatch(identity.accountId or ""):
        return identity.accountId or "", person or principal
    return _actor(identity, principal), person


def of_arn(arn: str) -> tuple[str, str]:
    """Actor and session of an ARN: an assumed role is the role and who took it."""
    role = _ROLE.fullmatch(arn)
    if role is None:
        return arn, ""
    return f"arn:{role['partition']}:iam::{role['account']}:role/{role['role']}", role["who"]


def _is_anonymous(identity: Identity) -> bool:
    if identity.principalId in _NOBODY or identity.accountId in _NOBODY:
        return True
    named = identity.arn or identity.principalId or identity.accountId
    return identity.type == "AWSAccount" and not named and not identity.invokedBy


def _session_name(identity: Identity, suffix: str) -> str:
    arn = identity.arn or ""
    if ":assumed-role/" in arn:
        return arn.partition(":assumed-role/")[2].partition("/")[2]
    if ":federated-user/" in arn:
        return arn.partition(":federated-user/")[2]
    behalf = identity.onBehalfOf.userId if identity.onBehalfOf else None
    return behalf or suffix


def _actor(identity: Identity, principal: str) -> str:
    if identity.type == "AWSService" or not (identity.arn or principal or identity.userName):
        return identity.invokedBy or identity.accountId or "unknown"
    return identity.arn or principal or identity.userName or "unknown"
