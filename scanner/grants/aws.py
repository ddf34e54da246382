"""AWS accounts: the exports of a folder, joined and decided as AWS evaluates a request.

Name it in the policy with its folder, `{path: exports/aws, system: aws}`.  Files are told
apart by their content, whatever they are called; every one is the output of a command as it is:

    aws iam get-account-authorization-details      users, groups, roles, policies, boundaries
    aws s3api get-bucket-policy, get-bucket-acl, get-public-access-block,
        get-bucket-ownership-controls, get-bucket-encryption, get-bucket-location,
        list-buckets
    aws s3control get-public-access-block, get-access-point, get-access-point-policy
    aws kms get-key-policy, list-grants, list-aliases      a key's id in the path of its policy
    aws organizations describe-policy              service and resource control policies, all
                                                   of which are taken to hold for the accounts

Where a file does not name its bucket, its folder does (`BUCKET/acl.json`), or its own name
(`BUCKET.acl.json`); a folder named by twelve digits is the account that owns what is in it.
A single file that no other system knows (a dump, an ACL) is read alone.

Every user and role of the dumps is decided for every bucket: identity policies or bucket
policy within an account, both across accounts, less each explicit Deny, within permissions
boundary and service control policies, and with the right to decrypt (default encryption with
KMS).  Who can become a role reads what the role reads; `via` shows the way.  Principals of
whom no dump tells get the rows of the bucket policy as it stands, under the system `s3`.
Session policies are not in any export.

Options: `account` (owner of buckets that lie in no account folder; without it the account of
the only dump), `organization` (the company's own `o-...`), `resource` (`s3://bucket`, for
files that say nothing), `encrypted: all` (no object is without the default encryption).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from scanner.batch import UnitLog
from scanner.grants import GrantExport, _aws_acl, _aws_kms, _s3_resources
from scanner.grants._aws_actions import READ, levels
from scanner.grants._aws_effective import Request, concerned, reach
from scanner.grants._aws_exports import Bucket, Exports, gather, key_of, places
from scanner.grants._aws_identity import Identity, Policy, identities
from scanner.grants._aws_points import ARN as point_arn
from scanner.grants._aws_points import Door
from scanner.grants._aws_points import rows as points
from scanner.grants._aws_trust import Way, through, trusts
from scanner.grants._s3_block import owners_only
from scanner.grants._s3_statement import Context, Statement, grants
from scanner.grants._zones import Zone, capped, join, least, without
from scanner.model import Decision, Grant

_MARKS = (b"DetailList", b'"Grantee', b'"OwnershipControls"', b'"ServerSideEncryptionConfig')


class Aws:
    """Reads the exports of AWS accounts."""

    options = ("account", "organization", "resource", "encrypted")
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for the account exports that a bucket policy alone is not."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        return start.startswith(b"{") and any(m in start for m in _MARKS)

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """The readers of every bucket, and what else the policies give."""
        yield from _World(export, log).rows()


plugin = Aws()


class _World:
    """All exports together."""

    def __init__(self, export: GrantExport, log: UnitLog) -> None:
        self.options, self.log, self.where = export.options, log, str(export.path)
        self.exports: Exports = gather(export.path, export.options, log)
        self.people = identities(self.exports.pages, self.where, log)
        self.accounts = {p.account for p in self.people}
        self.organization = str(export.options.get("organization") or "")
        for bucket in self.exports.buckets.values():
            bucket.account = bucket.account or self.default
            block = self.exports.blocks.get(bucket.account) or self.exports.blocks.get("") or {}
            bucket.block = {k: v or block.get(k, False) for k, v in (block | bucket.block).items()}

    @cached_property
    def default(self) -> str:
        """The account of buckets that do not say theirs; "" when it is not known."""
        given = str(self.options.get("account") or "")
        return given or (next(iter(self.accounts)) if len(self.accounts) == 1 else "")

    def rows(self) -> Iterator[Grant]:
        self._lost_points()
        for bucket in self.exports.buckets.values():
            yield from self._of_bucket(bucket)
        ways = trusts(self.people, self.exports.limits, self.organization)
        for person in self.people:
            zones = list(self._reads(person))
            yield from (_row(person.arn, person.kind, action, z) for action, z in zones)
            for way in ways.get(person.arn, ()):
                yield from _through(way, zones)
            yield from _others(person)

    def _of_bucket(self, bucket: Bucket) -> Iterator[Grant]:
        """Rows that do not depend on who of the dumps asks."""
        account = bucket.account or "bucket-owner-account"
        yield _row(account, "account", "root user", Zone(f"s3://{bucket.name}/*", via=_OWNER))
        yield from _aws_acl.rows(bucket, account, self.where, self.log)
        yield from self._as_written(bucket)
        yield from self._points(bucket)

    def _as_written(self, bucket: Bucket) -> Iterator[Grant]:
        """The bucket policy for those of whom no dump tells."""
        policies = [*bucket.policies, *self.exports.resource_limits]
        parsed = [s for p in bucket.policies for s in p.statements if s.effect == "Allow"]
        reads = frozenset[str]().union(*(s.reads() for s in parsed)) or READ
        context = Context(bucket.name, self.organization, None, reads)
        rows = [
            replace(row, via=row.via.replace("bucket policy", policy.label, 1))
            for policy in policies
            for statement in policy.statements
            for row in grants(statement, context)
        ]
        if bucket.block.get("RestrictPublicBuckets"):
            rows = list(owners_only(rows, bucket.account))
        for row in rows:
            if not self._decided(row):
                yield self._locked(row, bucket)

    def _decided(self, row: Grant) -> bool:
        """True for an Allow to somebody whom the dumps describe."""
        if row.effect == "Deny" or row.principal_type not in ("user", "role", "account"):
            return False
        if row.principal in self.accounts:
            return True
        ids = ("role id", "aws:userid")
        known = {p.arn for p in self.people} | {p.known.get(i) for p in self.people for i in ids}
        session = ":assumed-role/" in row.principal and row.principal.split(":")[4] in self.accounts
        return row.principal in known or session

    def _locked(self, row: Grant, bucket: Bucket) -> Grant:
        """A row of the bucket policy, where the objects are encrypted with KMS."""
        shut = bucket.key and row.effect == "Allow" and row.decision is not Decision.NO
        if not shut or row.principal_type == "service":
            return row
        if _aws_kms.names(key_of(self.exports, bucket.key), row.principal):
            return row
        note = f"only objects that KMS key {bucket.key.rpartition('/')[2]} did not encrypt"
        decision = least(row.decision, Decision.CONDITIONAL)
        decision = Decision.NO if self.options.get("encrypted") == "all" else decision
        return replace(row, decision=decision, condition=join(row.condition, note))

    def _points(self, bucket: Bucket) -> Iterator[Grant]:
        for name, policy in self.exports.point_policies:
            point = self.exports.points.get(name)
            if point is not None and point.bucket == bucket.name:
                door = Door(name.partition("/")[2], point, policy.statements)
                own = [s for p in bucket.policies for s in p.statements]
                yield from points(door, own, self.organization)

    def _lost_points(self) -> None:
        """Access points whose bucket is in no export."""
        for name, _ in self.exports.point_policies:
            if name not in self.exports.points:
                what = "nothing says which bucket an access point opens"
                hint = "add the output of: aws s3control get-access-point"
                self.log.problem("grants.access_point", what, f"{self.where}: {name}", hint)

    def _reads(self, who: Identity) -> Iterator[tuple[str, Zone]]:
        """What an identity reads in its own right."""
        seen: set[tuple[object, ...]] = set()
        for action in ("s3:GetObject", "s3:GetObjectVersion"):
            for zone in self._zones(who, action):
                same = (zone.resource, zone.excepts, zone.start, zone.end, zone.decision)
                if action == "s3:GetObject" or same not in seen:
                    seen.add(same)
                    yield action, zone

    def _zones(self, who: Identity, action: str) -> Iterator[Zone]:
        limits = self._limits(who)
        elsewhere = Request(action.lower(), Zone("s3://*"), places("", self.exports), self._known())
        own = reach(who, elsewhere, (), limits)
        for bucket in self.exports.buckets.values():
            request = self._request(who, action, bucket)
            resource = [*bucket.policies, *self.exports.resource_limits]
            if concerned(who, request.whole, own, resource) and not self._shut_out(who, bucket):
                for zone in reach(who, request, resource, limits):
                    yield from self._readable(who, zone, bucket)
        known = [Zone(f"s3://{b}/*") for b in self.exports.buckets]
        for zone in without(own, known):
            yield capped(zone, Decision.CONDITIONAL, "this bucket is not in the exports")

    def _shut_out(self, who: Identity, bucket: Bucket) -> bool:
        """True for another account's people where RestrictPublicBuckets meets a public policy."""
        blocked = bucket.block.get("RestrictPublicBuckets") and who.account != bucket.account
        return bool(blocked) and bool(bucket.account) and self._public(bucket)

    def _public(self, bucket: Bucket) -> bool:
        """True when the bucket's policy, unblocked, would let everybody read."""
        context = Context(bucket.name, self.organization)
        parsed = [s for p in bucket.policies for s in p.statements if s.effect == "Allow"]
        rows = (r for s in parsed for r in grants(s, context) if r.principal_type == "public")
        return any(r.decision is Decision.YES for r in rows)

    def _limits(self, who: Identity) -> list[Policy]:
        """The service control policies that bind an identity; roles of services go free."""
        return [] if ":role/aws-service-role/" in who.arn else self.exports.limits

    def _request(self, who: Identity, action: str, bucket: Bucket) -> Request:
        known = self._known()
        if bucket.account:
            known |= {"aws:resourceaccount": bucket.account, "s3:resourceaccount": bucket.account}
        known |= {"aws:requestedregion": bucket.region} if bucket.region else {}
        same = bucket.account in ("", who.account)
        whole = Zone(f"s3://{bucket.name}/*")
        return Request(action.lower(), whole, places(bucket.name, self.exports), known, same)

    def _known(self) -> dict[str, str]:
        known = {"aws:principalorgid": self.organization} if self.organization else {}
        return known | ({"aws:resourceorgid": self.organization} if self.organization else {})

    def _readable(self, who: Identity, zone: Zone, bucket: Bucket) -> Iterator[Zone]:
        """The zone with the key that it takes, and the account that it is in."""
        decision, note = _aws_kms.decrypts(who, bucket, self.exports, self._limits(who))
        if decision is Decision.NO and self.options.get("encrypted") == "all":
            return
        if decision is Decision.NO:
            decision, note = Decision.CONDITIONAL, f"only unencrypted objects: {note}"
        if not bucket.account:
            zone = capped(zone, Decision.CONDITIONAL, "the bucket's account is not known")
        yield capped(zone, decision, note)


_OWNER = "the account that owns the bucket"


def _row(principal: str, type_: str, action: str, zone: Zone) -> Grant:
    return Grant(
        principal=principal,
        principal_type=type_,
        privilege=action,
        access_level="read",
        resource=zone.resource,
        effect="Allow",
        decision=zone.decision,
        via=zone.via,
        system="aws",
        granted_time=zone.start,
        expiration_time=zone.end,
        condition=zone.note,
        except_resources=zone.excepts,
    )


def _through(way: Way, zones: Iterable[tuple[str, Zone]]) -> Iterator[Grant]:
    for action, zone in zones:
        yield _row(way.who.principal, way.who.type, action, through(zone, way))


def _others(who: Identity) -> Iterator[Grant]:
    """What the identity policies give besides reading."""
    for policy in who.policies:
        for statement in policy.statements:
            if statement.effect == "Allow":
                yield from _other(who, policy, statement)


def _other(who: Identity, policy: Policy, statement: Statement) -> Iterator[Grant]:
    given = ("not " if statement.not_action else "") + ", ".join(statement.actions)
    base = _row(who.arn, who.kind, given, Zone("", decision=Decision.NO))
    via = f"{policy.label} statement {statement.number}"
    for resource in ("*",) if statement.not_resource else statement.resources:
        for target in _s3_resources.targets(resource, ""):
            if not target.unsure.startswith("its resource") and not point_arn.fullmatch(resource):
                gives = (statement.actions, statement.not_action, target.objects, target.bucket)
                for level in levels(*gives):
                    if level != "read":
                        yield replace(base, access_level=level, resource=target.uri, via=via)
