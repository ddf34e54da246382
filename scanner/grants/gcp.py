"""Google Cloud: IAM policies, bucket settings and BigQuery datasets of a file or folder.

Name a folder with its system, `{path: exports/gcp, system: gcp}`; files are told apart by
their content, each the output of a command as it is (YAML, or `--format=json`):

    gcloud asset export --content-type=iam-policy (JSON Lines), asset search-all-iam-policies,
        asset get-effective-iam-policy, asset analyze-iam-policy
    gcloud projects|resource-manager folders|organizations|storage buckets|iam service-accounts
        get-iam-policy, bq get-iam-policy      where each belongs: see `_gcp_exports`
    gcloud storage buckets describe|list, projects list, iam roles describe,
        iam policies get --kind=denypolicies
    bq show --format=prettyjson PROJECT:DATASET, bq ls --row_access_policies

A binding counts for everything below what it is attached to.  Objects are `gs://bucket/name`,
tables `bigquery://project/dataset/table`.  Custom roles are decided by their exported
permissions; conditions on time and resource name are decided, others are conditional; deny
policies are Deny rows.  Basic roles read where a bucket or dataset names their holders
(`projectViewer:...`); without its export that is conditional.  Who makes tokens of a service
account reads what it reads, and `via` shows the way.

Options: `resource` (what a lone policy is attached to: `gs://bucket`, `projects/ID`,
`bigquery://project/dataset`), `project` (of buckets that do not say theirs), `domains` (the
company's own; everybody of another domain is an outsider).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.grants import GrantExport, _gcp_cel, _gcp_members
from scanner.grants._gcp_exports import Bucket, Exports, Scope, gather
from scanner.grants._gcp_members import CONVENIENCE, Member
from scanner.grants._gcp_places import Places, uri_of_scope
from scanner.grants._gcp_roles import BASIC, IMPERSONATES, READS, Gives, gives
from scanner.grants._zones import Zone, join, least, meet
from scanner.model import Decision, Grant

_MARKS = (
    b'"iamPolicy"',
    b'"iam_policy"',
    b'"datasetReference"',
    b'"includedPermissions"',
    b'"denyRule"',
    b'"policyResults"',
    b'"storage_url"',
    b'"rowAccessPolicyReference"',
    b'"iamBinding"',
    b'"attachedResource"',
)
_YAML = re.compile(rb"(?m)^(bindings|policy|policyResults|ACLs|mainAnalysis|analysisResults):")
_HINT = "compare it with the policy in Google Cloud"
_DATASET_ROLES = {"READER": "dataViewer", "WRITER": "dataEditor", "OWNER": "dataOwner"}


class Gcp:
    """Reads exports of Google Cloud."""

    options = ("resource", "project", "domains")
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for JSON with IAM bindings, or one of the other exports named above."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if start[:1] not in (b"{", b"["):
            lists = re.search(rb"(?m)^\s*(- )?members:\s*$", start) is not None
            return lists and _YAML.search(start) is not None
        policy = b'"bindings"' in start and (b'"members"' in start or b'"etag"' in start)
        return policy or any(m in start for m in _MARKS)

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Rows for every member of every binding, access entry and list."""
        yield from _World(export, log).rows()


plugin = Gcp()


@dataclass(frozen=True, slots=True)
class _Binding:
    """One binding of one policy."""

    scope: Scope
    role: str
    members: tuple[str, ...]
    condition: str
    via: str


class _World:
    """All exports together."""

    def __init__(self, export: GrantExport, log: UnitLog) -> None:
        self.log, self.where = log, str(export.path)
        self.exports: Exports = gather(export.path, export.options, log)
        self.places = Places(self.exports)
        given = export.options.get("domains") or ()
        self.domains = (given,) if isinstance(given, str) else tuple(str(d) for d in given)
        self.bindings = [b for s, listed in self.exports.policies for b in self._parsed(s, listed)]

    def rows(self) -> Iterator[Grant]:
        own = [
            *(row for b in self.bindings for row in self._of_binding(b)),
            *(row for name in self.exports.datasets for row in self._of_dataset(name)),
            *(row for b in self.exports.buckets.values() for row in self._of_acl(b)),
        ]
        yield from own
        yield from self._impersonating(own)
        for scope, label, rules in self.exports.denies:
            for number, raw in enumerate(rules, 1):
                yield from self._of_deny(scope, f"deny policy {label} rule {number}", raw)
        for uri, name in self.exports.row_policies:
            yield _row_policy(uri, name)

    def _bad(self, what: str, where: str, number: int) -> None:
        self.log.failed_records += 1
        self.log.problem("grants.binding", what, f"{self.where}: {where}", _HINT, number)

    def _parsed(self, scope: Scope, listed: Iterable[Any]) -> Iterator[_Binding]:
        for number, raw in enumerate(listed, 1):
            self.log.records += 1
            role = raw.get("role") if isinstance(raw, dict) else None
            members = raw.get("members", []) if isinstance(raw, dict) else None
            if not isinstance(role, str) or members is None or not _strings(members):
                self._bad("a binding is not a role with its members", str(scope), number)
                continue
            expression = _expression(raw.get("condition"))
            via = f"{scope} binding {number} ({role.removeprefix('roles/')})"
            yield _Binding(scope, role, tuple(members), expression, via)

    def _of_binding(self, binding: _Binding) -> Iterator[Grant]:
        for service in ("storage", "bigquery"):
            found = gives(binding.role, service, self.exports.roles)
            if found.missing:
                self._missing(binding)
            zones = self._zones(binding, service) if found.level != "none" else []
            for zone in zones:
                yield from self._to_members(binding, found, zone)
        if not any(s in binding.role for s in ("storage", "bigquery")) and not self._reads(binding):
            yield from self._to_members(binding, Gives("none"), Zone(uri_of_scope(binding.scope)))

    def _reads(self, binding: _Binding) -> bool:
        given = (gives(binding.role, s, self.exports.roles) for s in ("storage", "bigquery"))
        return any(g.level != "none" for g in given)

    def _missing(self, binding: _Binding) -> None:
        hint = f"add the output of: gcloud iam roles describe {binding.role} --format=json"
        what = "what a role gives is not known"
        self.log.problem("grants.missing_role", what, f"{self.where}: {binding.role}", hint)

    def _to_members(self, binding: _Binding, found: Gives, zone: Zone) -> Iterator[Grant]:
        for name in binding.members:
            for member in self._members(name, binding.via):
                yield self._row(member, binding.role, found, replace(zone, via=binding.via))

    def _members(self, name: str, via: str) -> Iterator[Member]:
        """Whom a member means: the holders of a basic role, where their project tells."""
        found = CONVENIENCE.fullmatch(name)
        member = _gcp_members.member(name, self.domains)
        if member is None:
            what = "a member of a binding has no form that is known"
            self.log.problem("grants.binding", what, f"{self.where}: {via}", _HINT)
        elif found is None:
            yield member
        else:
            holders = list(self._holders(f"roles/{found[1].lower()}", found[2]))
            yield from holders or [member]

    def _holders(self, role: str, project: str) -> Iterator[Member]:
        scope = Scope("project", self.exports.project(project))
        over = {scope, Scope("project", project), *self.exports.above(scope)}
        for binding in self.bindings:
            if binding.role == role and binding.scope in over:
                for name in binding.members:
                    member = _gcp_members.member(name, self.domains)
                    if member and binding.condition:
                        note = join(member.note, binding.condition)
                        member = replace(member, cap=least(member.cap, _COND), note=note)
                    if member:
                        yield member

    def _zones(self, binding: _Binding, service: str) -> list[Zone]:
        """What of a service's data a binding is about."""
        if binding.role in BASIC:
            places = list(self.places.by_default(binding.scope, service))
        else:
            places = list(self.places.of(binding.scope, service))
        if not binding.condition:
            return places
        limits = _gcp_cel.zones(binding.condition)
        met = (meet(place, limit) for place in places for limit in limits)
        return [z for z in met if z is not None]

    def _row(self, member: Member, privilege: str, found: Gives, zone: Zone) -> Grant:
        decision = least(least(found.decision, member.cap), zone.decision)
        note = join(member.note, found.note, zone.note)
        bucket = self.exports.buckets.get(zone.resource.removeprefix("gs://").partition("/")[0])
        if member.type == "public" and bucket is not None and bucket.no_public:
            decision, note = Decision.NO, join(note, "blocked by public access prevention")
        return Grant(
            principal=member.principal,
            principal_type=member.type,
            privilege=privilege,
            access_level=found.level,
            resource=zone.resource,
            effect="Allow",
            decision=decision if found.level == "read" else Decision.NO,
            via=zone.via,
            system="gcp",
            granted_time=zone.start,
            expiration_time=zone.end,
            condition=note,
            except_resources=zone.excepts,
        )

    def _of_dataset(self, name: str) -> Iterator[Grant]:
        project, whole = name.partition("/")[0], Zone(f"bigquery://{name}/*")
        for number, raw in enumerate(self.exports.datasets[name], 1):
            self.log.records += 1
            via = f"dataset {name} access {number}"
            member = _entry_member(raw, project, self.domains)
            if member is None:
                self._bad("an access entry names nobody that is known", f"dataset {name}", number)
                continue
            role = str(raw.get("role") or "READER")
            role = f"roles/bigquery.{_DATASET_ROLES[role]}" if role in _DATASET_ROLES else role
            found = gives(role, "bigquery", self.exports.roles)
            expression = _expression(raw.get("condition"))
            limits = _gcp_cel.zones(expression) if expression else [Zone("*")]
            people = list(self._members(member.principal, via)) if _basic(member) else [member]
            for zone in (meet(whole, limit) for limit in limits):
                for one in people if zone else ():
                    yield self._row(one, role, found, replace(zone or whole, via=via))

    def _of_acl(self, bucket: Bucket) -> Iterator[Grant]:
        """Access lists of a bucket and those its new objects get; off with uniform access."""
        if bucket.uniform:
            return
        for listed, whole, label in (
            (bucket.acl, Zone(f"gs://{bucket.name}"), "bucket ACL"),
            (bucket.default_acl, Zone(f"gs://{bucket.name}/*"), "default object ACL"),
        ):
            for number, raw in enumerate(listed, 1):
                self.log.records += 1
                entity = str(raw.get("entity", "")) if isinstance(raw, dict) else ""
                member = _gcp_members.of_acl(entity, self.domains)
                if member is None:
                    self._bad("an ACL entry names nobody known", f"bucket {bucket.name}", number)
                    continue
                via = f"{label} of {bucket.name} entry {number}"
                found = _ACL.get(label, Gives("list"))
                people = list(self._members(member.principal, via)) if _basic(member) else [member]
                for one in people:
                    role = str(raw.get("role", ""))
                    yield self._row(one, role, found, replace(whole, via=via))

    def _impersonating(self, rows: list[Grant]) -> Iterator[Grant]:
        """What service accounts read, for those who can act as them."""
        reads = [r for r in rows if r.principal_type == "service" and r.decision is not Decision.NO]
        for account in dict.fromkeys(r.principal for r in reads):
            for member, path, decision, note in self._actors(account):
                for row in reads:
                    if row.principal == account:
                        yield replace(
                            row,
                            principal=member.principal,
                            principal_type=member.type,
                            decision=least(row.decision, decision),
                            via=f"{path}, {row.via}",
                            condition=join(row.condition, note),
                        )

    def _actors(self, account: str) -> Iterator[tuple[Member, str, Decision, str]]:
        seen, todo = {account}, [(account, f"service account {account}", Decision.YES, "")]
        while todo:
            name, path, so_far, note = todo.pop(0)
            for member, decision, why in self._acting_as(name):
                if member.principal in seen:
                    continue
                seen.add(member.principal)
                best, reason = least(so_far, decision), join(note, why)
                yield member, path, best, reason
                if member.type == "service":
                    way = f"service account {member.principal} > {path}"
                    todo.append((member.principal, way, best, reason))

    def _acting_as(self, account: str) -> Iterator[tuple[Member, Decision, str]]:
        project = account.partition("@")[2].partition(".")[0]
        home = Scope("project", project)
        over = {Scope("service account", account), home, *self.exports.above(home)}
        for binding in self.bindings:
            if binding.role in IMPERSONATES and binding.scope in over:
                cap = Decision.CONDITIONAL if binding.condition else Decision.YES
                for name in binding.members:
                    for member in self._members(name, binding.via):
                        yield member, least(cap, member.cap), join(member.note, binding.condition)

    def _of_deny(self, scope: Scope, via: str, raw: Any) -> Iterator[Grant]:
        rule = raw.get("denyRule") if isinstance(raw, dict) else None
        self.log.records += 1
        lists = ("deniedPrincipals", "exceptionPrincipals", "deniedPermissions")
        if not isinstance(rule, dict) or not all(_strings(rule.get(n, [])) for n in lists):
            self._bad("a rule of a deny policy is not understood", via, 0)
            return
        spared = [_gcp_members.member(n) for n in rule.get("exceptionPrincipals", ())]
        excepting = tuple(m.principal for m in spared if m is not None)
        expression = _expression(rule.get("denialCondition"))
        for service in ("storage", "bigquery"):
            if not _forbids(rule, service):
                continue
            for zone in self.places.of(scope, service):
                for name in rule.get("deniedPrincipals", ()):
                    member = _gcp_members.member(name)
                    if member is None:
                        self._bad("a denied principal has no form that is known", via, 0)
                        continue
                    decision = zone.decision if not expression else Decision.CONDITIONAL
                    row = self._row(member, "deny", READS, replace(zone, via=via))
                    yield replace(
                        row,
                        effect="Deny",
                        decision=decision,
                        condition=join(member.note, expression),
                        except_principals=excepting,
                    )


_COND = Decision.CONDITIONAL
_ACL = {"default object ACL": Gives("read", _COND, "objects written with the default ACL")}


def _basic(member: Member) -> bool:
    return CONVENIENCE.fullmatch(member.principal) is not None


def _entry_member(raw: Any, project: str, domains: tuple[str, ...]) -> Member | None:
    """Whom an access entry lets in; an authorised view, routine or dataset reads for others."""
    if not isinstance(raw, dict):
        return None
    found = _gcp_members.of_dataset(raw, project, domains)
    for kind in ("view", "routine", "dataset"):
        if isinstance(raw.get(kind), dict):
            at: Mapping[str, Any] = raw[kind].get("dataset") or raw[kind]
            name = at.get("tableId") or at.get("routineId") or ""
            text = "/".join(str(x) for x in (at.get("projectId"), at.get("datasetId"), name) if x)
            note = f"who may query this {kind} reads what it shows"
            found = Member(f"bigquery://{text}", "unknown", Decision.CONDITIONAL, note)
    return found


def _row_policy(uri: str, name: str) -> Grant:
    """A table with row access policies shows each reader only some rows, or none."""
    return Grant(
        principal="*",
        principal_type="public",
        privilege="row access policy",
        access_level="read",
        resource=uri,
        effect="Deny",
        decision=Decision.CONDITIONAL,
        via=f"row access policy {name}",
        system="gcp",
        condition="only the rows that a row access policy lets through",
    )


def _forbids(rule: Mapping[str, Any], service: str) -> bool:
    wanted = {
        "storage": ("storage.googleapis.com/objects.get", "storage.googleapis.com/objects.*"),
        "bigquery": ("bigquery.googleapis.com/tables.getData", "bigquery.googleapis.com/tables.*"),
    }[service]
    whole = f"{service}.googleapis.com/*"
    denied, spared = rule.get("deniedPermissions") or (), rule.get("exceptionPermissions") or ()
    return any(w in denied for w in (*wanted, whole)) and wanted[0] not in spared


def _expression(condition: Any) -> str:
    """The expression of a condition; one that has none is kept as something unknown."""
    if not condition:
        return ""
    found = condition.get("expression") if isinstance(condition, dict) else None
    return found if isinstance(found, str) and found else "a condition that cannot be read"


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) for x in value)
