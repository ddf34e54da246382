"""The exports of AWS accounts that lie in one folder, told apart by their content.

A file that does not name its bucket (an ACL does not) belongs to the bucket its folder is
named for, `BUCKET/acl.json`, or that its name starts with, `BUCKET.acl.json`; a folder named
by twelve digits, above it, is the account that owns it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.grants import _s3_resources
from scanner.grants._aws_effective import Places
from scanner.grants._aws_identity import IDENTITY, RESOURCE, Policy, statements
from scanner.grants._aws_points import ARN as point_arn
from scanner.grants._aws_points import Point, on_bucket
from scanner.grants._folders import read_each

_DUMP = {"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"}
_PARTS = r"policy|acl|public-access-block|pab|ownership(?:-controls)?|encryption|location"
_FILE = re.compile(rf"([a-z0-9][a-z0-9.-]+)[._](?:bucket-)?(?:{_PARTS})")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NO_BUCKETS = {"s3", "buckets", "bucket", "iam", "kms", "scp", "organizations", "account", "aws"}
_KEY_ID = re.compile(r"(?:mrk-)?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_HINT = "give the output of `aws ... --output json` as it is; README names the commands"


@dataclass(slots=True)
class Bucket:
    """What is known of one bucket.  `key` is the KMS key of its default encryption."""

    name: str
    account: str = ""
    policies: list[Policy] = field(default_factory=list)
    acls: list[Mapping[str, Any]] = field(default_factory=list)
    block: dict[str, bool] = field(default_factory=dict)
    enforced: bool = False  # object ownership: ACLs are off
    key: str = ""
    region: str = ""


@dataclass(slots=True)
class Key:
    """A KMS key: the policies on it, and who holds a grant to decrypt."""

    policies: list[Policy] = field(default_factory=list)
    grantees: list[tuple[str, str]] = field(default_factory=list)  # principal, its constraint


@dataclass(slots=True)
class Exports:
    """Everything in the folder."""

    pages: list[Mapping[str, Any]] = field(default_factory=list)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)  # alias/name -> key id
    limits: list[Policy] = field(default_factory=list)  # service control policies
    resource_limits: list[Policy] = field(default_factory=list)  # resource control policies
    point_policies: list[tuple[str, Policy]] = field(default_factory=list)
    points: dict[str, Point] = field(default_factory=dict)  # by account/name
    blocks: dict[str, dict[str, bool]] = field(default_factory=dict)  # by account
    found: int = 0

    def bucket(self, name: str, account: str = "") -> Bucket:
        bucket = self.buckets.setdefault(name, Bucket(name))
        bucket.account = account or bucket.account
        return bucket


def gather(path: Path, options: Mapping[str, Any], log: UnitLog) -> Exports:
    """Read the folder (or the one file).  Raises UnreadableError when nothing is an export."""
    exports = Exports()

    def read(file: Path, place: PurePosixPath) -> None:
        if path.is_dir() and not file.stat().st_size:  # as the commands print where nothing is set
            log.problem("note.nothing_set", "an empty export: taken as not set", str(file))
            _Reader(exports, {}, place, options, str(file), log).nothing_set()
        else:
            _add(exports, file, place, options, log)

    read_each(path, read, log, "grants.not_aws")
    if not exports.found:
        what = "nothing here is an export of an AWS account"
        raise UnreadableError(what, str(path), _HINT, "grants.not_aws")
    return exports


def _add(
    exports: Exports, file: Path, place: PurePosixPath, options: Mapping[str, Any], log: UnitLog
) -> None:
    where = str(file)
    found = parse_json(read_text(file), where)
    if not isinstance(found, dict):
        raise UnreadableError("this is no export of an AWS account", where, _HINT, "grants.not_aws")
    reader = _Reader(exports, found, place, options, where, log)
    log.records += 1
    for keys, read in _KINDS:
        if keys & found.keys():
            try:
                read(reader)
            except (TypeError, AttributeError, KeyError, ValueError):
                what = "a part of this export has not the shape it should"
                raise UnreadableError(what, where, _HINT, "grants.not_aws") from None
            exports.found += 1
            return
    raise UnreadableError("this is no export of an AWS account", where, _HINT, "grants.not_aws")


@dataclass(frozen=True, slots=True)
class _Reader:
    """One file, and where it goes."""

    exports: Exports
    raw: dict[str, Any]
    place: PurePosixPath
    options: Mapping[str, Any]
    where: str
    log: UnitLog

    def dump(self) -> None:
        self.exports.pages.append(self.raw)

    def not_about_access(self) -> None:
        what = "an export that says nothing on who may read: passed over"
        self.log.problem("note.not_about_access", what, self.where)

    def nothing_set(self) -> None:
        """An empty file: the bucket it is for is there, without a policy."""
        if name := self._bucket_name():
            self.exports.bucket(name, self._account())

    def listing(self) -> None:
        for entry in self._list("Buckets"):
            bucket = self.exports.bucket(str(entry["Name"]), self._account())
            bucket.region = str(entry.get("BucketRegion") or bucket.region)

    def location(self) -> None:
        """`get-bucket-location`, which knows the first region as null."""
        self._bucket().region = str(self.raw["LocationConstraint"] or "us-east-1")

    def access_block(self) -> None:
        raw = self.raw["PublicAccessBlockConfiguration"]
        if not isinstance(raw, dict) or not all(isinstance(v, bool) for v in raw.values()):
            raise self._bad("the public access block is not an object of true and false")
        name = self._bucket_name()
        if name:
            self.exports.bucket(name, self._account()).block = raw
        else:
            self.exports.blocks[self._account()] = raw
        if "Policy" in self.raw:
            self.policy()

    def ownership(self) -> None:
        rules = self._list("Rules", self.raw["OwnershipControls"])
        enforced = any(r.get("ObjectOwnership") == "BucketOwnerEnforced" for r in rules)
        self._bucket().enforced = enforced

    def encryption(self) -> None:
        for rule in self._list("Rules", self.raw["ServerSideEncryptionConfiguration"]):
            default = rule.get("ApplyServerSideEncryptionByDefault") or {}
            if str(default.get("SSEAlgorithm", "")).startswith("aws:kms"):
                self._bucket().key = str(default.get("KMSMasterKeyID") or "alias/aws/s3")

    def acl(self) -> None:
        grants = self._list("Grants")
        if grants and "GranteePrincipal" in grants[0]:
            for grant in grants:
                self._kms_grant(grant)
        else:
            self._bucket().acls.append(self.raw)

    def _kms_grant(self, grant: Mapping[str, Any]) -> None:
        if "Decrypt" in (grant.get("Operations") or ()):
            key = self.exports.keys.setdefault(_key_id(str(grant.get("KeyId", ""))), Key())
            note = "only for one encryption context" if grant.get("Constraints") else ""
            key.grantees.append((str(grant.get("GranteePrincipal", "")), note))

    def key_aliases(self) -> None:
        for entry in self._list("Aliases"):
            self.exports.aliases[str(entry["AliasName"])] = str(entry.get("TargetKeyId") or "")

    def access_point(self) -> None:
        account = str(self.raw.get("AccountId") or self._account())
        found = point_arn.fullmatch(str(self.raw.get("AccessPointArn", "")))
        account = found[1] if found else account
        block = self.raw.get("PublicAccessBlockConfiguration")
        restricted = not isinstance(block, dict) or block.get("RestrictPublicBuckets") is not False
        vpc = self.raw["NetworkOrigin"] != "Internet"
        point = Point(str(self.raw.get("Bucket")), account, vpc, restricted)
        self.exports.points[f"{account}/{self.raw.get('Name')}"] = point

    def policy(self) -> None:
        raw = self.raw if "Statement" in self.raw else self.raw["Policy"]
        if isinstance(raw, dict) and "PolicySummary" in raw:
            self._organisation(raw)
            return
        document = parse_json(raw, self.where) if isinstance(raw, str) else raw
        if not isinstance(document, dict) or "Statement" not in document:
            raise self._bad("the file holds no policy document (an object with Statement)")
        parsed = statements(document, RESOURCE, self.where, self.log)
        actions = [a.lower() for s in parsed for a in s.actions]
        resources = [r for s in parsed for r in s.resources]
        point = next((m for r in resources if (m := point_arn.fullmatch(r))), None)
        if actions and all(a.startswith("kms:") for a in actions):
            key = _key_id(str(self.raw.get("KeyId") or "/".join(self.place.parts)))
            self.exports.keys.setdefault(key, Key()).policies.append(Policy("key policy", parsed))
        elif point is not None:
            name = f"{point[1]}/{point[2]}"
            label = f"access point {point[2]} policy"
            self.exports.point_policies.append((name, Policy(label, parsed)))
        else:
            bucket = self._bucket(_s3_resources.bucket_of(resources))
            bucket.policies.append(Policy("bucket policy", parsed))

    def _organisation(self, raw: Mapping[str, Any]) -> None:
        summary = raw["PolicySummary"] if isinstance(raw["PolicySummary"], dict) else {}
        kind, name = summary.get("Type"), f"{summary.get('Name') or self.place.stem}"
        if kind == "SERVICE_CONTROL_POLICY":
            parsed = statements(raw.get("Content"), IDENTITY, self.where, self.log)
            self.exports.limits.append(Policy(f"service control policy {name}", parsed))
        elif kind == "RESOURCE_CONTROL_POLICY":
            parsed = statements(raw.get("Content"), RESOURCE, self.where, self.log)
            label = f"resource control policy {name}"
            denies = tuple(s for s in parsed if s.effect == "Deny")
            self.exports.resource_limits.append(Policy(label, denies))
        else:
            raise self._bad("a policy of an organisation that limits no access")

    def _bucket(self, named: str = "") -> Bucket:
        name = named or self._bucket_name()
        if not name:
            hint = "put it into a folder with the bucket's name: BUCKET/acl.json"
            raise self._bad("nothing says which bucket this is about", hint)
        return self.exports.bucket(name, self._account())

    def _bucket_name(self) -> str:
        if isinstance(self.raw.get("Bucket"), str):
            return str(self.raw["Bucket"])
        folder = self.place.parent.name
        plain = _BUCKET.fullmatch(folder) and not folder.isdigit()
        if plain and folder not in _NO_BUCKETS:
            return folder
        named = _FILE.fullmatch(self.place.stem)
        given = str(self.options.get("resource") or "").removeprefix("s3://").partition("/")[0]
        return named[1] if named else given

    def _account(self) -> str:
        numbers = [p for p in self.place.parts[:-1] if re.fullmatch(r"[0-9]{12}", p)]
        return numbers[0] if numbers else str(self.options.get("account") or "")

    def _list(self, name: str, raw: Any = None) -> list[Mapping[str, Any]]:
        raw = self.raw if raw is None else raw
        found = raw.get(name) if isinstance(raw, dict) else None
        if not isinstance(found, list) or not all(isinstance(x, dict) for x in found):
            raise self._bad(f"{name} is not a list of objects")
        return found

    def _bad(self, what: str, hint: str = _HINT) -> UnreadableError:
        return UnreadableError(what, self.where, hint, "grants.not_aws")


_KINDS = (
    (_DUMP, _Reader.dump),
    ({"NetworkOrigin"}, _Reader.access_point),
    ({"Grants"}, _Reader.acl),
    ({"PublicAccessBlockConfiguration"}, _Reader.access_block),
    ({"OwnershipControls"}, _Reader.ownership),
    ({"ServerSideEncryptionConfiguration"}, _Reader.encryption),
    ({"Buckets"}, _Reader.listing),
    ({"Aliases"}, _Reader.key_aliases),
    ({"LocationConstraint"}, _Reader.location),
    ({"Policy", "Statement"}, _Reader.policy),
    ({"PolicyStatus", "TagSet", "LoggingEnabled", "MFADelete"}, _Reader.not_about_access),
)


def _key_id(text: str) -> str:
    """The id of a key in its ARN or in a path; "" when there is none."""
    found = list(_KEY_ID.finditer(text))
    return found[-1][0] if found else ""


def by_id(exports: Exports, name: str) -> str:
    """A key's name with its alias, if that is what it is, resolved to the key's id."""
    before, alias, rest = name.partition("alias/")
    target = exports.aliases.get(alias + rest, "") if alias else ""
    return f"{before}key/{target}" if before and target else target or name


def key_of(exports: Exports, name: str) -> Key | None:
    """The key that a bucket names; a single key that does not say its id is the one meant."""
    found = exports.keys.get(_key_id(by_id(exports, name)))
    return found or (exports.keys.get("") if len(exports.keys) == 1 else None)


def places(bucket: str, exports: Exports) -> Places:
    """How resources of S3 policies are read for objects; `bucket` is set for a bucket's own."""

    def objects(value: str) -> Iterator[tuple[str, str]]:
        value, note = _behind_point(value, exports)
        for target in _s3_resources.targets(value, bucket) if value else ():
            if target.objects and not target.unsure.startswith("its resource"):
                yield target.uri, target.unsure or note

    return objects


def _behind_point(value: str, exports: Exports) -> tuple[str, str]:
    """The objects behind an access point; "" when nobody says which they are."""
    found = point_arn.fullmatch(value)
    if found is None:
        return value, ""
    point = exports.points.get(f"{found[1]}/{found[2]}")
    note = f"over access point {found[2]}, if the bucket's policy lets it"
    return (on_bucket(value, point.bucket), note) if point else ("", "")
