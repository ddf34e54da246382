"""Who an AWS policy statement names: the forms of its Principal element.

From the IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.model import Decision

_ACCOUNT = re.compile(r"[0-9]{12}")
_ARN = re.compile(r"arn:[a-z-]+:(iam|sts)::([0-9]{12}|cloudfront):([^:]+)")
_TYPES = {
    "root": "account",
    "user": "user",
    "role": "role",
    "assumed-role": "role",
    "federated-user": "user",
    "group": "group",
    "saml-provider": "unknown",
    "oidc-provider": "unknown",
}


@dataclass(frozen=True, slots=True)
class Who:
    """A principal, the best answer it can get, why, and what is known of its requests."""

    principal: str
    type: str
    cap: Decision = Decision.YES
    note: str = ""
    known: dict[str, str] = field(default_factory=dict, compare=False)


PUBLIC = Who("*", "public")
ANONYMOUS = Who("anonymous", "anonymous")
NOBODY_KNOWN = Who("*", "unknown", Decision.CONDITIONAL)


class BadPrincipalError(Exception):
    """A Principal element of no known form; holds nothing of it."""


def parse(element: Any) -> Iterator[Who]:
    """Everyone a Principal (or NotPrincipal) element names.

    Raises BadPrincipalError when it has no form that IAM knows.
    """
    if element == "*":
        yield PUBLIC
        return
    if not isinstance(element, dict) or not element:
        raise BadPrincipalError
    for kind, names in element.items():
        for name in names if isinstance(names, list) else [names]:
            yield _one(kind, name)


def _one(kind: str, name: Any) -> Who:
    if not isinstance(name, str) or not name:
        raise BadPrincipalError
    if kind == "AWS":
        return aws(name)
    if kind == "Service":
        return Who(name, "service", known={"aws:principalisawsservice": "true"})
    if kind == "CanonicalUser":
        return Who(name, "account")
    if kind == "Federated":
        note = "everyone whom this identity provider signs in"
        return Who(name, "unknown", Decision.CONDITIONAL, note)
    raise BadPrincipalError


def aws(name: str) -> Who:
    """The principal that one value of `{"AWS": ...}` or aws:PrincipalArn names."""
    if name == "*":
        return PUBLIC
    if _ACCOUNT.fullmatch(name):
        return _account(name)
    found = _ARN.fullmatch(name)
    if found is not None and "*" not in name and "?" not in name and "${" not in name:
        return _by_arn(name, found[2], found[3])
    if re.fullmatch(r"A(IDA|ROA)[A-Z0-9]{12,}", name):
        return Who(name, "role" if name.startswith("AROA") else "user", note="deleted in IAM")
    return Who(name, "unknown", Decision.CONDITIONAL, "a principal of a form that is not known")


def _by_arn(arn: str, account: str, rest: str) -> Who:
    if account == "cloudfront":
        return Who(arn, "service", note="what CloudFront serves, its viewers read")
    kind = rest.partition("/")[0]
    if kind == "root":
        return _account(account)
    known = {"aws:principalaccount": account}
    if kind in ("user", "role"):
        known["aws:principalarn"] = arn
    type_ = _TYPES.get(kind, "unknown")
    return Who(arn, type_, Decision.CONDITIONAL if type_ == "unknown" else Decision.YES, "", known)


def _account(number: str) -> Who:
    return Who(number, "account", known={"aws:principalaccount": number})
