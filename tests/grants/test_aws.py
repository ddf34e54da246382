"""AWS accounts: worked cases from the evaluation logic, over folders of exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from effective import ANYONE, decide, employee

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.grants import GrantExport
from scanner.grants.aws import plugin
from scanner.model import Decision, Grant

NO, COND, YES = Decision.NO, Decision.CONDITIONAL, Decision.YES
OURS, THEIRS = "111122223333", "444455556666"
BOB = f"arn:aws:iam::{OURS}:user/bob"
ETL = f"arn:aws:iam::{OURS}:role/service/etl"
AUDIT = f"arn:aws:iam::{OURS}:role/audit"
EVE = f"arn:aws:iam::{THEIRS}:user/eve"
OBJECT = "s3://shards/raw/a.json"
OBJECTS = "arn:aws:s3:::shards/*"
KEY = f"arn:aws:kms:eu-west-1:{OURS}:key/11111111-2222-3333-4444-555555555555"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECTS}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ROOT = {"AWS": f"arn:aws:iam::{OURS}:root"}
EC2 = {"Service": "ec2.amazonaws.com"}


def deny(**parts: Any) -> dict[str, Any]:
    return allow(**({"Effect": "Deny", "Action": "s3:*"} | parts))


def allow(**parts: Any) -> dict[str, Any]:
    return {k: v for k, v in (READ | parts).items() if v is not None}


def to(principal: Any, **parts: Any) -> dict[str, Any]:
    """A statement of a bucket policy."""
    return allow(Principal=principal, **parts)


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: Any, action: str = "sts:AssumeRole", **parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action} | parts


def assume(role: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}


def user(*statements: Any, arn: str = BOB, **parts: Any) -> dict[str, Any]:
    name = arn.rpartition("/")[2]
    inline = [{"PolicyName": "own", "PolicyDocument": policy(*statements)}] if statements else []
    return {
        "Arn": arn, "UserName": name, "UserId": f"AIDA{name.upper():X<17}", "Path": "/",
        "UserPolicyList": inline, "GroupList": [], "AttachedManagedPolicies": [],
    } | parts  # fmt: skip


def role(arn: str, *statements: Any, trusted: Any = None, **parts: Any) -> dict[str, Any]:
    name = arn.rpartition("/")[2]
    return {
        "Arn": arn, "RoleName": name, "RoleId": f"AROA{name.upper():X<17}",
        "AssumeRolePolicyDocument": policy(trusted or trust(EC2)),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": policy(*statements)}],
        "AttachedManagedPolicies": [],
    } | parts  # fmt: skip


def managed(arn: str, *versions: Any, default: int = 1) -> dict[str, Any]:
    listed = [
        {"VersionId": f"v{n}", "IsDefaultVersion": n == default, "Document": policy(*v)}
        for n, v in enumerate(versions, 1)
    ]
    return {
        "PolicyName": arn.rpartition("/")[2], "Arn": arn, "DefaultVersionId": f"v{default}",
        "PolicyVersionList": listed,
    }  # fmt: skip


def attached(*arns: str) -> dict[str, Any]:
    return {"AttachedManagedPolicies": [{"PolicyArn": a, "PolicyName": "x"} for a in arns]}


def dump(*users: Any, roles: Any = (), groups: Any = (), policies: Any = ()) -> dict[str, Any]:
    return {
        "UserDetailList": list(users),
        "GroupDetailList": list(groups),
        "RoleDetailList": list(roles),
        "Policies": list(policies),
    }


def bucket_policy(*statements: Any) -> dict[str, Any]:
    """As `get-bucket-policy` prints it."""
    return {"Policy": json.dumps(policy(*statements))}


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(json.dumps(dump(user(allow()), roles=[role(ETL, ALL)]), indent=2))


def world(folder: Path, iam: Any, bucket: Any = (), **files: Any) -> list[Grant]:
    """Rows of a folder: a dump, a bucket's policy statements, and further files of the bucket."""
    options = files.pop("options", {})
    place = folder / OURS / "shards"
    place.mkdir(parents=True)
    for number, one in enumerate(iam if isinstance(iam, list) else [iam]):
        (folder / f"iam{number}.json").write_text(json.dumps(one))
    (place / "policy.json").write_text(json.dumps(bucket_policy(*bucket)) if bucket else "")
    for name, found in files.items():
        (place / f"{name}.json").write_text(json.dumps(found))
    log = UnitLog()
    rows = list(plugin.read(GrantExport(folder, options), log))
    assert [p for p in log.problems if p.is_failure] == []
    return rows


def answer(rows: list[Grant], caller: str, resource: str = OBJECT) -> Decision:
    return decide(rows, employee(caller), resource)


BOUNDARY = f"arn:aws:iam::{OURS}:policy/limit"


def bounded(*statements: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    part = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY}
    return {"PermissionsBoundary": part}, {"policies": [managed(BOUNDARY, statements)]}


def but(prefix: str) -> dict[str, Any]:
    return {"Resource": None, "NotResource": f"arn:aws:s3:::shards/{prefix}/*"}


MFA = when("Bool", "aws:MultiFactorAuthPresent", "true")
ORG, TAG, ARN = "aws:PrincipalOrgID", "aws:PrincipalTag/team", "aws:PrincipalArn"
ML = {"Tags": [{"Key": "team", "Value": "ml"}]}
# name, what bob's own policy says, what the bucket policy says, bob's answer
SAME_ACCOUNT: list[tuple[str, list[Any], list[Any], Decision]] = [
    ("nothing", [], [], NO),
    ("identity alone", [allow()], [], YES),
    ("bucket alone", [], [to({"AWS": BOB})], YES),
    ("both", [allow()], [to({"AWS": BOB})], YES),
    ("bucket names the account only", [], [to(ROOT)], NO),
    ("account by number only", [], [to({"AWS": OURS})], NO),
    ("account named and identity allows", [allow()], [to(ROOT)], YES),
    ("bucket names another", [], [to({"AWS": ETL})], NO),
    ("Deny of the identity", [allow(), deny()], [], NO),
    ("Deny of the identity beats the bucket", [deny()], [to({"AWS": BOB})], NO),
    ("Deny of the bucket beats the identity", [allow()], [to({"AWS": BOB}, Effect="Deny")], NO),
    ("Deny of the bucket to the account", [allow()], [to(ROOT, Effect="Deny")], NO),
    ("Deny of the bucket to another", [allow()], [to({"AWS": ETL}, Effect="Deny")], YES),
    ("Deny of another action", [allow(), deny(Action="s3:PutObject")], [], YES),
    ("Deny of another prefix", [allow(), deny(Resource="arn:aws:s3:::shards/hr/*")], [], YES),
    ("Deny of this prefix", [allow(), deny(Resource="arn:aws:s3:::shards/raw/*")], [], NO),
    ("Deny of all but this", [allow(), deny(**but("raw"))],
     [], YES),
    ("Deny of all but that", [allow(), deny(**but("hr"))],
     [], NO),
    ("administrator", [ALL], [], YES),
    ("NotAction iam", [allow(Action=None, NotAction="iam:*", Resource="*")], [], YES),
    ("NotAction s3", [allow(Action=None, NotAction="s3:*", Resource="*")], [], NO),
    ("NotResource elsewhere", [allow(Resource=None, NotResource="arn:aws:s3:::hr/*")], [], YES),
    ("NotResource here", [allow(Resource=None, NotResource=OBJECTS)], [], NO),
    ("NotPrincipal spares bob", [allow()], [
        {"Effect": "Deny", "NotPrincipal": {"AWS": [BOB, OURS]}, "Action": "s3:*",
         "Resource": OBJECTS}], YES),
    ("NotPrincipal spares another", [allow()], [
        {"Effect": "Deny", "NotPrincipal": {"AWS": ETL}, "Action": "s3:*", "Resource": OBJECTS}],
     NO),
    ("the bucket without its objects", [allow(Resource="arn:aws:s3:::shards")], [], NO),
    ("another bucket", [allow(Resource="arn:aws:s3:::other/*")], [], NO),
    ("a wildcard over buckets", [allow(Resource="arn:aws:s3:::sh*")], [], YES),
    ("another service", [allow(Action="dynamodb:*", Resource="*")], [], NO),
    ("listing only", [allow(Action="s3:List*", Resource="*")], [], NO),
    ("his own folder", [allow(Resource="arn:aws:s3:::shards/${aws:username}/*")], [], NO),
    ("by his own name", [allow(**when("StringEquals", "aws:username", "bob"))], [], YES),
    ("by another name", [allow(**when("StringEquals", "aws:username", "eve"))], [], NO),
    ("by name pattern", [allow(**when("StringLike", "aws:username", "b*"))], [], YES),
    ("his tag", [allow(**when("StringEquals", TAG, "ml"))], [], YES),
    ("another tag value", [allow(**when("StringEquals", TAG, "hr"))], [], NO),
    ("a tag that he has not", [allow(**when("StringEquals", "aws:PrincipalTag/x", "1"))], [], NO),
    ("no such tag, if it exists",
     [allow(**when("StringEqualsIfExists", "aws:PrincipalTag/x", "1"))], [], YES),
    ("every value of a missing tag",
     [allow(**when("ForAllValues:StringEquals", "aws:PrincipalTag/x", "1"))], [], YES),
    ("a missing tag is not that",
     [allow(**when("StringNotEquals", "aws:PrincipalTag/x", "1"))], [], YES),
    ("tag as a path", [allow(Resource="arn:aws:s3:::shards/raw/${aws:PrincipalTag/none}/*")],
     [], NO),
    ("office address", [allow(**when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))], [], COND),
    ("any address", [allow(**when("IpAddress", "aws:SourceIp", "0.0.0.0/0"))], [], YES),
    ("endpoint", [], [to({"AWS": BOB}, **when("StringEquals", "aws:SourceVpce", "vpce-1"))], COND),
    ("TLS", [allow(**when("Bool", "aws:SecureTransport", "true"))], [], YES),
    ("Deny without TLS", [allow()],
     [to("*", Effect="Deny", **when("Bool", "aws:SecureTransport", "false"))], YES),
    ("MFA", [allow(**when("Bool", "aws:MultiFactorAuthPresent", "true"))], [], COND),
    ("Deny but from the endpoint", [allow()],
     [to("*", Effect="Deny", **when("StringNotEquals", "aws:SourceVpce", "vpce-1"))], COND),
    ("Deny to all but a role", [allow()],
     [to("*", Effect="Deny", **when("ArnNotEquals", ARN, ETL))], NO),
    ("Deny to all but bob", [allow()],
     [to("*", Effect="Deny", **when("StringNotLike", ARN, BOB))], YES),
    ("Deny outside the account", [allow()],
     [to("*", Effect="Deny", **when("StringNotEquals", "aws:PrincipalAccount", OURS))], YES),
    ("everybody of the account", [],
     [to("*", **when("StringEquals", "aws:PrincipalAccount", OURS))], YES),
    ("everybody of another account", [],
     [to("*", **when("StringEquals", "aws:PrincipalAccount", THEIRS))], NO),
    ("our organisation, by option", [], [to("*", **when("StringEquals", ORG, "o-ours"))], YES),
    ("another organisation", [], [to("*", **when("StringEquals", ORG, "o-else"))], NO),
    ("organisation if it exists", [], [to("*", **when("StringEqualsIfExists", ORG, "o-else"))],
     YES),  # whoever comes without credentials lacks the key
    ("our own resources", [allow(**when("StringEquals", "s3:ResourceAccount", OURS))], [], YES),
    ("their resources", [allow(**when("StringEquals", "aws:ResourceAccount", THEIRS))], [], NO),
    ("tag of the object",
     [allow(**when("StringEquals", "s3:ExistingObjectTag/c", "open"))], [], COND),
    ("versions only", [allow(Action="s3:GetObjectVersion")], [], YES),
    ("one of two read actions denied", [allow(Action="s3:Get*"), deny(Action="s3:GetObject")],
     [], YES),
    ("the only read action denied", [allow(), deny(Action="s3:GetObject")], [], NO),
]  # fmt: skip


@pytest.mark.parametrize(("own", "bucket", "expected"), [c[1:] for c in SAME_ACCOUNT],
                         ids=[c[0] for c in SAME_ACCOUNT])  # fmt: skip
def test_one_account(own: list[Any], bucket: list[Any], expected: Decision, tmp_path: Path) -> None:
    options = {"organization": "o-ours"}
    rows = world(tmp_path, dump(user(*own, **ML)), bucket, options=options)
    assert answer(rows, BOB) is expected


# what eve's own policy says, what the bucket policy says, her answer
ACROSS: list[tuple[str, list[Any], list[Any], Decision]] = [
    ("identity alone", [allow()], [], NO),
    ("bucket alone", [], [to({"AWS": EVE})], NO),
    ("both by name", [allow()], [to({"AWS": EVE})], YES),
    ("both by account", [allow()], [to({"AWS": THEIRS})], YES),
    ("account alone", [], [to({"AWS": THEIRS})], NO),
    ("Deny of her own", [allow(), deny()], [to({"AWS": EVE})], NO),
    ("Deny of the bucket", [allow()], [to({"AWS": EVE}), to(ROOT, Effect="Deny")], YES),
    ("what both share", [allow(Resource="arn:aws:s3:::shards/hr/*")], [to({"AWS": EVE})], NO),
    ("a condition of one side", [allow(**when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))],
     [to({"AWS": EVE})], COND),
    ("public", [], [to("*")], YES),
]  # fmt: skip


@pytest.mark.parametrize(("own", "bucket", "expected"), [c[1:] for c in ACROSS],
                         ids=[c[0] for c in ACROSS])  # fmt: skip
def test_across_accounts(
    own: list[Any], bucket: list[Any], expected: Decision, tmp_path: Path
) -> None:
    rows = world(tmp_path, [dump(user()), dump(user(*own, arn=EVE))], bucket)
    assert answer(rows, EVE) is expected


# bob's policy, the boundary, the bucket's policy, the answers of a user and of a role
BOUND: list[tuple[str, list[Any], list[Any], list[Any], Decision, Decision]] = [
    ("boundary allows", [ALL], [allow()], [], YES, YES),
    ("boundary lacks it", [ALL], [allow(Action="ec2:*", Resource="*")], [], NO, NO),
    ("boundary alone", [], [ALL], [], NO, NO),
    ("boundary denies", [ALL], [ALL, deny()], [], NO, NO),
    ("boundary allows elsewhere", [ALL], [allow(Resource="arn:aws:s3:::other/*")], [], NO, NO),
    ("named in the bucket policy", [], [allow(Action="ec2:*", Resource="*")],
     [to({"AWS": [BOB, ETL]})], YES, NO),
    ("boundary under a condition", [ALL], [allow(**MFA)], [], COND, COND),
]  # fmt: skip


@pytest.mark.parametrize(("own", "limit", "bucket", "of_user", "of_role"), [c[1:] for c in BOUND],
                         ids=[c[0] for c in BOUND])  # fmt: skip
def test_permissions_boundary(
    own: list[Any], limit: list[Any], bucket: list[Any], of_user: Decision, of_role: Decision,
    tmp_path: Path,
) -> None:  # fmt: skip
    part, rest = bounded(*limit)
    iam = dump(user(*own, **part), roles=[role(ETL, *own, **part)], **rest)
    rows = world(tmp_path, iam, bucket)
    assert (answer(rows, BOB), answer(rows, ETL)) == (of_user, of_role)


def test_groups_managed_policies_and_versions(tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{OURS}:policy/team/ReadData"
    group = {
        "GroupName": "analysts", "Arn": f"arn:aws:iam::{OURS}:group/analysts",
        "GroupPolicyList": [], **attached(arn),
    }  # fmt: skip
    old, new = [deny()], [allow()]
    iam = dump(user(GroupList=["analysts"]), groups=[group],
               policies=[managed(arn, old, new, default=2)])  # fmt: skip
    rows = world(tmp_path, iam)
    assert answer(rows, BOB) is YES
    assert {r.via for r in rows if r.principal == BOB} == {
        "group analysts, policy ReadData statement 1"
    }


def test_policies_of_aws_that_the_dump_leaves_out(tmp_path: Path) -> None:
    rows = world(tmp_path, dump(user(**attached("arn:aws:iam::aws:policy/ReadOnlyAccess"))))
    assert answer(rows, BOB) is YES


def test_documents_of_the_api_are_url_encoded(tmp_path: Path) -> None:
    from urllib.parse import quote

    text = quote(json.dumps(policy(allow())))
    bob = user(UserPolicyList=[{"PolicyName": "own", "PolicyDocument": text}])
    assert answer(world(tmp_path, dump(bob)), BOB) is YES


# what bob's policy says, the trust policy of the role, whether he reads what the role reads
TRUST: list[tuple[str, list[Any], Any, Decision]] = [
    ("no trust", [assume(ETL)], trust(EC2), NO),
    ("the account, and he may assume", [assume(ETL)], trust(ROOT), YES),
    ("the account, and he may not", [], trust(ROOT), NO),
    ("the account, and he may assume any", [assume("*")], trust(ROOT), YES),
    ("by name", [], trust({"AWS": BOB}), YES),
    ("by name, and he is denied", [assume(ETL) | {"Effect": "Deny"}], trust({"AWS": BOB}), NO),
    ("by name with MFA", [], trust({"AWS": BOB}, **MFA), COND),
    ("another by name", [assume(ETL)], trust({"AWS": AUDIT}), NO),
    ("another role", [assume(AUDIT)], trust(ROOT), NO),
    ("denied by the trust", [assume(ETL)], trust(ROOT, Effect="Deny"), NO),
]  # fmt: skip


@pytest.mark.parametrize(("own", "trusted", "expected"), [c[1:] for c in TRUST],
                         ids=[c[0] for c in TRUST])  # fmt: skip
def test_who_becomes_a_role(
    own: list[Any], trusted: Any, expected: Decision, tmp_path: Path
) -> None:
    rows = world(tmp_path, dump(user(*own), roles=[role(ETL, allow(), trusted=trusted)]))
    assert answer(rows, ETL) is YES
    assert answer(rows, BOB) is expected


def test_roles_after_roles_show_the_way(tmp_path: Path) -> None:
    roles = [
        role(ETL, assume(AUDIT), trusted=trust({"AWS": BOB})),
        role(AUDIT, allow(), assume(ETL), trusted=trust(ROOT)),
    ]
    rows = world(tmp_path, dump(user(deny()), roles=roles))
    assert answer(rows, BOB) is YES  # a Deny of the user does not bind the role's session
    (way,) = {r.via for r in rows if r.principal == BOB and r.decision is YES}
    assert way == "role etl > role audit, inline policy own statement 1"


def test_who_becomes_a_role_from_elsewhere(tmp_path: Path) -> None:
    github = {"Federated": f"arn:aws:iam::{OURS}:oidc-provider/token.actions.githubusercontent.com"}
    saml = {"Federated": f"arn:aws:iam::{OURS}:saml-provider/okta"}
    sub = "token.actions.githubusercontent.com:sub"
    web = "sts:AssumeRoleWithWebIdentity"
    cases = [
        (trust({"AWS": THEIRS}), THEIRS, YES),
        (trust({"AWS": EVE}), EVE, YES),
        (trust({"AWS": EVE}, **when("StringEquals", "sts:ExternalId", "x")), EVE, COND),
        (trust(saml, "sts:AssumeRoleWithSAML"), saml["Federated"], COND),
        (trust(github, web, **when("StringLike", sub, "repo:us/*")), github["Federated"], COND),
        (trust(github, web), "anybody", YES),
        (trust("*"), "anybody", YES),
        (trust("*", **when("StringEquals", ORG, "o-ours")), "anybody", NO),
        (trust(EC2), "anybody", NO),
    ]
    for number, (trusted, who, expected) in enumerate(cases):
        rows = world(tmp_path / str(number), dump(roles=[role(ETL, allow(), trusted=trusted)]))
        found = decide(rows, ANYONE if who == "anybody" else {who}, OBJECT)
        assert found is expected, (number, who)


def scp(*statements: Any, kind: str = "SERVICE_CONTROL_POLICY") -> dict[str, Any]:
    summary = {"Id": "p-1", "Name": "guard", "Type": kind}
    return {"Policy": {"PolicySummary": summary, "Content": json.dumps(policy(*statements))}}


def test_service_control_policies_limit_all(tmp_path: Path) -> None:
    iam, bucket = dump(user(ALL)), [to({"AWS": BOB})]
    assert answer(world(tmp_path / "1", iam, bucket, scp=scp(ALL)), BOB) is YES
    assert answer(world(tmp_path / "2", iam, bucket, scp=scp(ALL, deny())), BOB) is NO
    none = scp(allow(Action="ec2:*", Resource="*"))
    assert answer(world(tmp_path / "3", iam, bucket, scp=none), BOB) is NO
    perimeter = scp(
        to("*", Effect="Deny", Action="s3:*", Resource="*",
           **when("StringNotEqualsIfExists", ORG, "o-ours")),
        kind="RESOURCE_CONTROL_POLICY",
    )  # fmt: skip
    options = {"organization": "o-ours"}
    rows = world(tmp_path / "4", iam, [to("*")], rcp=perimeter, options=options)
    assert answer(rows, BOB) is YES
    assert decide(rows, {"public"}, OBJECT) is not YES


ENCRYPTED = {
    "ServerSideEncryptionConfiguration": {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {
                    "SSEAlgorithm": "aws:kms",
                    "KMSMasterKeyID": KEY,
                }
            }
        ]
    }
}
DECRYPT = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}
KEY_ALL = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
GRANTED = {
    "Grants": [{"KeyId": KEY, "GrantId": "g", "GranteePrincipal": BOB, "Operations": ["Decrypt"]}]
}
S3_ONLY = when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")
# bob's policy besides reading, the key's policy, more files, his answer, and with encrypted: all
KMS: list[tuple[str, list[Any], list[Any] | None, dict[str, Any], Decision, Decision]] = [
    ("key opens to the account, he may", [DECRYPT], [KEY_ALL | {"Principal": ROOT}], {}, YES, YES),
    ("key opens to the account, he may not", [], [KEY_ALL | {"Principal": ROOT}], {}, COND, NO),
    ("key names him", [], [KEY_ALL | {"Principal": {"AWS": BOB}}], {}, YES, YES),
    ("key names another", [DECRYPT], [KEY_ALL | {"Principal": {"AWS": ETL}}], {}, COND, NO),
    ("key denies", [DECRYPT], [KEY_ALL | {"Principal": ROOT},
     KEY_ALL | {"Principal": {"AWS": BOB}, "Effect": "Deny"}], {}, COND, NO),
    ("over S3 only", [DECRYPT | S3_ONLY], [KEY_ALL | {"Principal": ROOT}], {}, YES, YES),
    ("for encryption only", [DECRYPT | {"Action": "kms:Encrypt"}],
     [KEY_ALL | {"Principal": ROOT}], {}, COND, NO),
    ("by a grant", [], [KEY_ALL | {"Principal": {"AWS": ETL}}], {"grants": GRANTED}, YES, YES),
    ("key not exported", [DECRYPT], None, {}, COND, COND),
]  # fmt: skip


@pytest.mark.parametrize(("own", "key", "files", "usual", "always"), [c[1:] for c in KMS],
                         ids=[c[0] for c in KMS])  # fmt: skip
def test_kms(
    own: list[Any], key: list[Any] | None, files: dict[str, Any], usual: Decision,
    always: Decision, tmp_path: Path,
) -> None:  # fmt: skip
    files = files | ({"key-policy": bucket_policy(*key) | {"KeyId": KEY}} if key else {})
    for options, expected in (({}, usual), ({"encrypted": "all"}, always)):
        place = tmp_path / str(len(options))
        rows = world(
            place, dump(user(allow(), *own)), encryption=ENCRYPTED, options=options, **files
        )
        assert answer(rows, BOB) is expected


def test_a_key_by_its_alias(tmp_path: Path) -> None:
    by_alias = json.loads(json.dumps(ENCRYPTED).replace(KEY, "alias/shards"))
    other = "99999999-2222-3333-4444-555555555555"
    files = {
        "aliases": {"Aliases": [{"AliasName": "alias/shards", "TargetKeyId": KEY[-36:]}]},
        KEY[-36:]: bucket_policy(KEY_ALL | {"Principal": {"AWS": BOB}}),
        other: bucket_policy(KEY_ALL | {"Principal": {"AWS": ETL}}),
    }
    rows = world(tmp_path / "1", dump(user(allow())), encryption=by_alias, **files)
    assert answer(rows, BOB) is YES
    files[KEY[-36:]] = bucket_policy(KEY_ALL | {"Principal": ROOT})
    rows = world(tmp_path / "2", dump(user(allow(), DECRYPT)), encryption=by_alias, **files)
    assert answer(rows, BOB) is YES
    whole = DECRYPT | {"Resource": f"arn:aws:kms:*:{OURS}:key/*"}
    rows = world(tmp_path / "3", dump(user(allow(), whole)), encryption=by_alias, **files)
    assert answer(rows, BOB) is YES


def test_the_public_cannot_decrypt(tmp_path: Path) -> None:
    rows = world(tmp_path / "1", dump(user()), [to("*")], encryption=ENCRYPTED)
    assert decide(rows, ANYONE, OBJECT) is COND
    always = {"encrypted": "all"}
    rows = world(tmp_path / "2", dump(user()), [to("*")], encryption=ENCRYPTED, options=always)
    assert decide(rows, ANYONE, OBJECT) is NO


def acl(group: str, permission: str = "READ", **more: Any) -> dict[str, Any]:
    uri = f"http://acs.amazonaws.com/groups/global/{group}"
    owner = {"Grantee": {"ID": "c0ffee", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    open_ = {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}
    return {"Owner": {"ID": "c0ffee"}, "Grants": [owner, open_]} | more


OF_OBJECT = {"Bucket": "shards", "Key": "raw/a.json"}
IGNORE = {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": True}}
RESTRICT = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
ENFORCED = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
# name, files, the public's answer
OPEN: list[tuple[str, dict[str, Any], list[Any], Decision]] = [
    ("a bucket ACL lists, it does not read", {"acl": acl("AllUsers")}, [], NO),
    ("an object ACL reads", {"acl": acl("AllUsers", **OF_OBJECT)}, [], YES),
    ("any AWS account", {"acl": acl("AuthenticatedUsers", **OF_OBJECT)}, [], YES),
    ("full control", {"acl": acl("AllUsers", "FULL_CONTROL", **OF_OBJECT)}, [], YES),
    ("reading the ACL", {"acl": acl("AllUsers", "READ_ACP", **OF_OBJECT)}, [], NO),
    ("ignored ACLs", {"acl": acl("AllUsers", **OF_OBJECT), "block": IGNORE}, [], NO),
    ("ACLs off", {"acl": acl("AllUsers", **OF_OBJECT), "ownership": ENFORCED}, [], NO),
    ("restricted, by ACL", {"acl": acl("AllUsers", **OF_OBJECT), "block": RESTRICT}, [], YES),
    ("a public policy", {}, [to("*")], YES),
    ("a restricted policy", {"block": RESTRICT}, [to("*")], NO),
    ("ignored ACLs, open policy", {"block": IGNORE}, [to("*")], YES),
]  # fmt: skip


@pytest.mark.parametrize(("files", "bucket", "expected"), [c[1:] for c in OPEN],
                         ids=[c[0] for c in OPEN])  # fmt: skip
def test_acls_and_the_public_access_block(
    files: dict[str, Any], bucket: list[Any], expected: Decision, tmp_path: Path
) -> None:
    rows = world(tmp_path, dump(user()), bucket, **files)
    assert decide(rows, ANYONE, OBJECT) is expected
    if "acl" in files:
        account = next(r for r in rows if r.condition == "the owner")
        assert (account.principal, account.principal_type) == (OURS, "account")


def test_the_accounts_block_counts_for_its_buckets(tmp_path: Path) -> None:
    (tmp_path / OURS).mkdir()
    (tmp_path / OURS / "pab.json").write_text(json.dumps(RESTRICT))
    assert decide(world2(tmp_path, [to("*")]), ANYONE, OBJECT) is NO


def world2(folder: Path, bucket: Any) -> list[Grant]:
    (folder / OURS / "shards").mkdir(parents=True, exist_ok=True)
    (folder / OURS / "shards" / "p.json").write_text(json.dumps(bucket_policy(*bucket)))
    return list(plugin.read(GrantExport(folder), UnitLog()))


POINT = f"arn:aws:s3:eu-west-1:{OURS}:accesspoint/lab"
HANDED = to("*", Action="*", **when("StringEquals", "s3:DataAccessPointAccount", OURS))


@pytest.mark.parametrize(
    ("handed", "origin", "expected"),
    [(True, "Internet", YES), (False, "Internet", COND), (True, "VPC", COND)],
)
def test_access_points(handed: bool, origin: str, expected: Decision, tmp_path: Path) -> None:
    opened = bucket_policy(to({"AWS": EVE}, Resource=f"{POINT}/object/raw/*"))
    told = {
        "Name": "lab", "Bucket": "shards", "NetworkOrigin": origin, "AccessPointArn": POINT,
    }  # fmt: skip
    rows = world(tmp_path, dump(user()), [HANDED] if handed else [], point=told, opened=opened)
    assert answer(rows, EVE) is expected
    # Who may use other access points of the account, nobody told.
    assert answer(rows, EVE, "s3://shards/hr/a.json") is (COND if handed else NO)


def test_an_access_point_of_no_known_bucket_is_a_problem(tmp_path: Path) -> None:
    opened = bucket_policy(to({"AWS": EVE}, Resource=f"{POINT}/object/raw/*"))
    (tmp_path / "ap.json").write_text(json.dumps(opened))
    log = UnitLog()
    list(plugin.read(GrantExport(tmp_path), log))
    assert [p.code for p in log.problems] == ["grants.access_point"]


def test_windows_of_time(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    month = {"DateGreaterThan": {"aws:CurrentTime": "2026-10-01T00:00:00Z"},
             "DateLessThan": {"aws:CurrentTime": "2026-11-01T00:00:00Z"}}  # fmt: skip
    freeze = deny(Condition={
        "DateGreaterThan": {"aws:CurrentTime": "2026-10-10T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2026-10-20T00:00:00Z"}})  # fmt: skip
    rows = world(tmp_path, dump(user(allow(Condition=month), freeze)))
    days = {9: (5, YES), 10: (5, YES), 15: (15, NO), 25: (25, YES)}
    for day, expected in days.values():
        at = datetime(2026, 10, day, tzinfo=UTC)
        assert decide(rows, {BOB}, OBJECT, at) is expected, day
    assert decide(rows, {BOB}, OBJECT, datetime(2026, 11, 2, tzinfo=UTC)) is NO


def test_buckets_of_which_nothing_is_known(tmp_path: Path) -> None:
    rows = world(tmp_path, dump(user(ALL)))
    assert answer(rows, BOB, "s3://elsewhere/a") is COND
    (tmp_path / OURS / "list.json").write_text(json.dumps({"Buckets": [{"Name": "elsewhere"}]}))
    rows = list(plugin.read(GrantExport(tmp_path), UnitLog()))
    assert answer(rows, BOB, "s3://elsewhere/a") is YES


def test_the_region_is_that_of_the_bucket(tmp_path: Path) -> None:
    outside = {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}
    guard = scp(ALL, allow(Effect="Deny", NotAction="iam:*", Action=None, Condition=outside))
    for number, (region, expected) in enumerate(
        [
            ({"LocationConstraint": "eu-west-1"}, YES),
            ({"LocationConstraint": None}, NO),
            (None, COND),
        ]
    ):
        files = {"location": region} if region else {}
        rows = world(tmp_path / str(number), dump(user(allow())), guard=guard, **files)
        assert answer(rows, BOB) is expected


def test_another_account_is_shut_out_of_a_restricted_public_bucket(tmp_path: Path) -> None:
    iam = [dump(user(allow())), dump(user(allow(), arn=EVE))]
    rows = world(tmp_path, iam, [to("*"), to({"AWS": EVE})], block=RESTRICT)
    assert (answer(rows, BOB), answer(rows, EVE)) == (YES, NO)


def test_a_role_by_its_id_and_by_its_session(tmp_path: Path) -> None:
    ids = "AROAETLXXXXXXXXXXXXXX"
    only = to("*", Effect="Deny", **when("StringNotLike", "aws:userId", [f"{ids}:*", OURS]))
    session = f"arn:aws:sts::{OURS}:assumed-role/etl/nightly"
    iam = dump(user(allow()), roles=[role(ETL, allow(), RoleId=ids)])
    rows = world(tmp_path / "1", iam, [only])
    assert (answer(rows, ETL), answer(rows, BOB)) == (YES, NO)
    iam = dump(user(), roles=[role(ETL)])
    assert answer(world(tmp_path / "2", iam, [to({"AWS": session})]), ETL) is COND


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    odd = [{"Effect": "Allow", "Action": 7, "Resource": "*"}, allow()]
    (tmp_path / "iam.json").write_text(
        json.dumps(dump(user(*odd, **attached("arn:aws:iam::1:policy/gone"))))
    )
    (tmp_path / "notes.txt").write_text("Sekret notes")
    (tmp_path / "acl.json").write_text(json.dumps(acl("AllUsers")))
    log = UnitLog()
    rows = list(plugin.read(GrantExport(tmp_path), log))
    assert answer(rows, BOB) is COND  # of a bucket that is not exported
    assert sorted(p.code for p in log.problems) == [
        "grants.invalid_json", "grants.missing_policy", "grants.not_aws", "grants.statement",
    ]  # fmt: skip
    assert all(p.hint for p in log.problems) and "Sekret" not in str(log.problems)


def test_a_dump_without_its_last_page(tmp_path: Path) -> None:
    first = dump(user(allow())) | {"IsTruncated": True, "Marker": "x"}
    (tmp_path / "1.json").write_text(json.dumps(first))
    log = UnitLog()
    list(plugin.read(GrantExport(tmp_path), log))
    assert [p.code for p in log.problems] == ["grants.aws_truncated"]
    (tmp_path / "2.json").write_text(json.dumps(dump(user(arn=EVE)) | {"IsTruncated": False}))
    log = UnitLog()
    list(plugin.read(GrantExport(tmp_path), log))
    assert log.problems == []


def test_what_a_well_known_library_gets_wrong(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    both = [to("*"), to("*", Effect="Deny", Action="s3:*")]
    assert decide(world(tmp_path / "1", dump(user()), both), ANYONE, OBJECT) is NO
    optional = [to("*", **when("StringEqualsIfExists", ORG, "o-ours"))]
    options = {"organization": "o-ours"}
    rows = world(tmp_path / "2", dump(user()), optional, options=options)
    assert decide(rows, ANYONE, OBJECT) is YES
    expired = [to("*", **when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"))]
    rows = world(tmp_path / "3", dump(user()), expired)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert decide(rows, ANYONE, OBJECT, now) is NO
    assert decide(rows, employee(BOB), OBJECT, now) is NO


def test_a_boundary_that_is_not_exported(tmp_path: Path) -> None:
    part, _ = bounded()
    (tmp_path / "iam.json").write_text(json.dumps(dump(user(ALL, **part))))
    log = UnitLog()
    rows = list(plugin.read(GrantExport(tmp_path, {"resource": "s3://shards"}), log))
    assert answer(rows, BOB) is COND
    assert [p.code for p in log.problems] == ["grants.missing_policy"]


@pytest.mark.parametrize(
    ("found", "rows"),
    [(acl("AllUsers"), 3), (ENFORCED, 1), (ENCRYPTED, 1), (GRANTED, 0), (dump(user(ALL)), 4)],
)
def test_each_file_is_known_and_read_alone(found: Any, rows: int, tmp_path: Path) -> None:
    from scanner import plugins

    path = tmp_path / "export.json"
    path.write_text(json.dumps(found))
    head = path.read_bytes()[:4096]
    fitting = {n for n, p in plugins.load_all("grants").items() if p.sniff(path, head)}
    assert fitting - {"generic"} == {"aws"}
    log = UnitLog()
    assert len(list(plugin.read(GrantExport(path, {"resource": "s3://shards"}), log))) == rows
    assert log.problems == []


def test_a_folder_without_any_export(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(UnreadableError):
        list(plugin.read(GrantExport(tmp_path), UnitLog()))
