"""The users and roles of `aws iam get-account-authorization-details`, with all that binds them.

The output of the command line (policy documents as objects) and of the API (documents as
URL-encoded text) are both read; pages may lie in several files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from scanner.batch import UnitLog
from scanner.errors import LeakgateError
from scanner.files.exports import parse_json
from scanner.grants._s3_statement import BadStatementError, Statement, parse

IDENTITY, TRUST, RESOURCE = (
    ("Action", "Resource"),
    ("Principal", "Action"),
    ("Principal", "Action", "Resource"),
)
_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_S3_READ = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
_MANAGED = {  # of AWS, where the dump leaves them out: what they say about S3, KMS and STS
    "AdministratorAccess": [_ALL],
    "AmazonS3FullAccess": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    "AmazonS3ReadOnlyAccess": [_S3_READ],
    "ReadOnlyAccess": [_S3_READ],
    "PowerUserAccess": [
        {
            "Effect": "Allow",
            "NotAction": ["iam:*", "organizations:*", "account:*"],
            "Resource": "*",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Statements and the name they go by (`group analysts, policy ReadData`)."""

    label: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """A user or role.  `boundary` None: it has none; `unknown` says what the dump lacks."""

    arn: str
    kind: str  # user, role
    name: str
    account: str
    known: Mapping[str, str] = field(compare=False)
    policies: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    trust: tuple[Policy, ...] = ()
    unknown: str = ""


def identities(pages: Iterable[Mapping[str, Any]], where: str, log: UnitLog) -> list[Identity]:
    """Everybody in the pages of one or several dumps."""
    listed: dict[str, list[Mapping[str, Any]]] = {}
    pages = list(pages)
    if pages and all(page.get("IsTruncated") is True for page in pages):
        what = "the dump of an account stops before its last page"
        log.problem("grants.aws_truncated", what, where, _AGAIN)
    for page in pages:
        for part in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"):
            listed.setdefault(part, []).extend(_objects(page.get(part), where, log))
    dump = _Dump(listed, where, log)
    people = [(raw, "user") for raw in listed.get("UserDetailList", ())]
    people += [(raw, "role") for raw in listed.get("RoleDetailList", ())]
    return [i for raw, kind in people if (i := dump.identity(raw, kind)) is not None]


def statements(
    document: Any, needs: tuple[str, ...], where: str, log: UnitLog
) -> tuple[Statement, ...]:
    """The statements of a document; those that cannot be understood are problems by number."""
    try:
        if isinstance(document, str):
            document = parse_json(unquote(document) if "%7B" in document[:9] else document, where)
    except LeakgateError as error:
        log.problem("grants.statement", f"a policy document is {error.what}", where, error.hint)
        return ()
    if not isinstance(document, dict) or "Statement" not in document:
        log.problem("grants.statement", "a policy document holds no Statement", where, _AGAIN)
        return ()
    listed = document["Statement"]
    return tuple(_parsed(listed if isinstance(listed, list) else [listed], needs, where, log))


_AGAIN = "export it again with the AWS command line, as JSON"


def _parsed(
    listed: list[Any], needs: tuple[str, ...], where: str, log: UnitLog
) -> Iterator[Statement]:
    for number, raw in enumerate(listed, 1):
        log.records += 1
        try:
            yield parse(number, raw, needs)
        except BadStatementError as bad:
            log.failed_records += 1
            log.problem("grants.statement", bad.what, where, bad.hint, number)


def _objects(value: Any, where: str, log: UnitLog) -> Iterator[Mapping[str, Any]]:
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        if isinstance(item, dict):
            yield item
        else:
            log.problem("grants.aws_entry", "an entry of the dump is no object", where, _AGAIN)


class _Dump:
    """Policies and groups by their names, to be put together for each identity."""

    def __init__(
        self, listed: Mapping[str, list[Mapping[str, Any]]], where: str, log: UnitLog
    ) -> None:
        self.where, self.log = where, log
        self.managed = {str(p.get("Arn")): self._default(p) for p in listed.get("Policies", ())}
        self.groups = {  # of one account or of several
            (_account(str(g.get("Arn", ""))), str(g.get("GroupName"))): self._own(
                g, "GroupPolicyList", f"group {g.get('GroupName')}, "
            )
            for g in listed.get("GroupDetailList", ())
        }

    def identity(self, raw: Mapping[str, Any], kind: str) -> Identity | None:
        """One user or role; None, and a problem, when its entry cannot be understood."""
        try:
            return self._identity(raw, kind)
        except (TypeError, AttributeError, KeyError, ValueError):
            what = f"the entry of a {kind} has not the shape it should"
            self.log.problem("grants.aws_entry", what, self.where, _AGAIN)
            return None

    def _identity(self, raw: Mapping[str, Any], kind: str) -> Identity | None:
        arn, name = str(raw.get("Arn") or ""), str(raw.get(f"{kind.title()}Name") or "")
        if not _account(arn).isdigit() or not name:
            self.log.problem("grants.aws_entry", f"a {kind} has no name", self.where, _AGAIN)
            return None
        before = "" if kind == "user" else f"role {name}, "
        policies = self._own(raw, f"{kind.title()}PolicyList", before)
        for group in raw.get("GroupList") or ():
            policies += self._group(_account(arn), str(group))
        boundary = self._boundary(raw.get("PermissionsBoundary"))
        return Identity(
            arn,
            kind,
            name,
            _account(arn),
            _known(raw, kind, arn, name),
            policies,
            boundary,
            self._trust(raw, name) if kind == "role" else (),
            "its permissions boundary is not in the dump" if boundary == () else "",
        )

    def _group(self, account: str, name: str) -> tuple[Policy, ...]:
        if (account, name) not in self.groups:
            what = "a user is in a group that the dump does not describe"
            hint = "export the whole account: aws iam get-account-authorization-details"
            self.log.problem("grants.missing_group", what, f"{self.where}: {name}", hint)
        return self.groups.get((account, name), ())

    def _own(self, raw: Mapping[str, Any], inline: str, before: str) -> tuple[Policy, ...]:
        found = [
            self._policy(f"{before}inline policy {p.get('PolicyName')}", p.get("PolicyDocument"))
            for p in _objects(raw.get(inline), self.where, self.log)
        ]
        for entry in _objects(raw.get("AttachedManagedPolicies"), self.where, self.log):
            policy = self._attached(str(entry.get("PolicyArn", "")))
            found += [Policy(before + policy.label, policy.statements)] if policy else []
        return tuple(found)

    def _attached(self, arn: str) -> Policy | None:
        found = self.managed.get(arn)
        name = arn.rpartition("/")[2]
        if found is None and arn.split(":")[4:5] == ["aws"] and name in _MANAGED:
            return self._policy(f"policy {name}", {"Statement": _MANAGED[name]})
        if found is None:
            what = "an attached policy is not in the dump"
            hint = "export with: aws iam get-account-authorization-details (without --filter)"
            self.log.problem("grants.missing_policy", what, f"{self.where}: {name}", hint)
        return found

    def _default(self, raw: Mapping[str, Any]) -> Policy | None:
        versions = list(_objects(raw.get("PolicyVersionList"), self.where, self.log))
        wanted = [v for v in versions if v.get("IsDefaultVersion") is True]
        named = [v for v in versions if v.get("VersionId") == raw.get("DefaultVersionId")]
        for version in (named or wanted)[:1]:
            return self._policy(f"policy {raw.get('PolicyName')}", version.get("Document"))
        return None

    def _policy(self, label: str, document: Any) -> Policy:
        where = f"{self.where}: {label}"
        return Policy(label, statements(document, IDENTITY, where, self.log))

    def _boundary(self, raw: Any) -> tuple[Policy, ...] | None:
        if not isinstance(raw, dict):
            return None
        found = self._attached(str(raw.get("PermissionsBoundaryArn", "")))
        return () if found is None else (found,)

    def _trust(self, raw: Mapping[str, Any], name: str) -> tuple[Policy, ...]:
        document, where = raw.get("AssumeRolePolicyDocument"), f"{self.where}: trust of {name}"
        return (Policy("trust policy", statements(document, TRUST, where, self.log)),)


def _account(arn: str) -> str:
    return (arn.split(":") + [""] * 5)[4]


def _known(raw: Mapping[str, Any], kind: str, arn: str, name: str) -> dict[str, str]:
    """What a request of this identity carries; keys in lower case, as conditions have them."""
    known = {
        "aws:principalarn": arn,
        "aws:principalaccount": _account(arn),
        "aws:principaltype": "User" if kind == "user" else "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
    }
    if kind == "user":
        known |= {"aws:username": name, "aws:userid": str(raw.get("UserId", ""))}
    else:
        known["role id"] = str(raw.get("RoleId", ""))
    for tag in raw.get("Tags") or ():
        if isinstance(tag, dict):
            known[f"aws:principaltag/{str(tag.get('Key')).lower()}"] = str(tag.get("Value"))
    return known
