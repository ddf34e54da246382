"""S3 bucket policies: hand-worked cases, each decided for a stranger, an employee, a principal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from effective import ANY_EMPLOYEE, ANYONE, decide, employee
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError
from scanner.grants import GrantExport
from scanner.grants.s3_policy import plugin
from scanner.model import Decision, Grant

NO, COND, YES = Decision.NO, Decision.CONDITIONAL, Decision.YES
OBJECT = "s3://shards/raw/a.json"
ROLE = "arn:aws:iam::111122223333:role/etl"
BOB = "arn:aws:iam::111122223333:user/bob"
BOTH = ["arn:aws:s3:::shards", "arn:aws:s3:::shards/*"]


def statement(**parts: Any) -> dict[str, Any]:
    given = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shards/*",
    } | parts
    return {k: v for k, v in given.items() if v is not None}


def allow(**parts: Any) -> dict[str, Any]:
    return statement(**parts)


def deny(**parts: Any) -> dict[str, Any]:
    return statement(Effect="Deny", Action="s3:*", **parts)


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    rows = [
        allow(Sid="PartnerRead", Principal={"AWS": "444455556666"}),
        allow(Sid="Open", Resource="arn:aws:s3:::shards/public/*"),
        deny(Sid="TlsOnly", **when("Bool", "aws:SecureTransport", "false")),
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": rows})
    path.write_text(json.dumps({"Policy": policy}, indent=2))


def rows_of(path: Path, *statements: Any, **options: Any) -> list[Grant]:
    file = path / "policy.json"
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    log = UnitLog()
    rows = list(plugin.read(GrantExport(file, options), log))
    assert log.problems == []
    return rows


ROLE_ID = "AROAEXAMPLEEXAMPLE01"
ORG = "aws:PrincipalOrgID"
MFA = "aws:MultiFactorAuthPresent"
TLS = "aws:SecureTransport"
ARN = "aws:PrincipalArn"
ACCOUNT = "aws:PrincipalAccount"
TAG = "s3:ExistingObjectTag/c"
OAI = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"
# name, statements, a stranger's answer, any employee's answer, the role's answer
CASES: list[tuple[str, list[dict[str, Any]], Decision, Decision, Decision]] = [
    ("public", [allow()], YES, YES, YES),
    ("public, as a map", [allow(Principal={"AWS": "*"})], YES, YES, YES),
    ("public, in a list", [allow(Principal={"AWS": [BOB, "*"]})], YES, YES, YES),
    ("one role", [allow(Principal={"AWS": ROLE})], NO, NO, YES),
    ("another role", [allow(Principal={"AWS": BOB})], NO, NO, NO),
    ("any Get", [allow(Action="s3:Get*")], YES, YES, YES),
    ("any action", [allow(Action="*")], YES, YES, YES),
    ("case of actions is free", [allow(Action="S3:getobject")], YES, YES, YES),
    ("old versions", [allow(Action="s3:GetObjectVersion")], YES, YES, YES),
    ("listing is not reading", [allow(Action="s3:ListBucket", Resource=BOTH)], NO, NO, NO),
    ("tags are not data", [allow(Action="s3:GetObjectTagging")], NO, NO, NO),
    ("write is not read", [allow(Action="s3:PutObject")], NO, NO, NO),
    ("NotAction leaves reading", [allow(NotAction="s3:Put*", Action=None)], YES, YES, YES),
    ("NotAction takes reading", [allow(NotAction="s3:Get*", Action=None)], NO, NO, NO),
    ("the bucket, not its objects", [allow(Action="s3:*", Resource=BOTH[0])], NO, NO, NO),
    ("another prefix", [allow(Resource="arn:aws:s3:::shards/public/*")], NO, NO, NO),
    ("prefix without slash", [allow(Resource="arn:aws:s3:::shards/r*")], YES, YES, YES),
    ("one character", [allow(Resource="arn:aws:s3:::shards/raw/?.json")], YES, YES, YES),
    ("folder marker", [allow(Resource="arn:aws:s3:::shards/raw/")], NO, NO, NO),
    ("China", [allow(Resource="arn:aws-cn:s3:::shards/*")], YES, YES, YES),
    (
        "NotResource elsewhere",
        [allow(Resource=None, NotResource="arn:aws:s3:::shards/private/*")],
        YES,
        YES,
        YES,
    ),
    (
        "NotResource here",
        [allow(Resource=None, NotResource="arn:aws:s3:::shards/raw/*")],
        NO,
        NO,
        NO,
    ),
    # The three mistakes of a well-known library.
    ("Allow and Deny to all", [allow(), deny()], NO, NO, NO),
    ("IfExists of the org", [allow(**when("StringEqualsIfExists", ORG, "o-a"))], YES, YES, YES),
    ("org by the plain operator", [allow(**when("StringEquals", ORG, "o-a"))], NO, COND, COND),
    ("any org", [allow(**when("StringLike", ORG, "o-*"))], YES, YES, YES),
    ("the owner's org", [allow(**when("StringEquals", ORG, "${aws:ResourceOrgID}"))],
     NO, YES, YES),
    ("network, unless by a service",
     [allow(), deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                               "Bool": {"aws:ViaAWSService": "false"}})], COND, COND, COND),
    ("all but some roles",
     [allow(), deny(**when("ArnNotLike", ARN, "arn:aws:iam::111122223333:role/*"))],
     NO, COND, YES),
    ("all but an account", [allow(), deny(**when("StringNotEquals", ACCOUNT, "111122223333"))],
     NO, COND, YES),
    # Conditions that restrict nobody, and such that do.
    ("ForAllValues", [allow(**when("ForAllValues:StringEquals", ORG, "o-a"))], YES, YES, YES),
    ("every address", [allow(**when("IpAddress", "aws:SourceIp", "0.0.0.0/0"))], YES, YES, YES),
    ("every v6 address", [allow(**when("IpAddress", "aws:SourceIp", "::/0"))], YES, YES, YES),
    (
        "two halves of every address",
        [allow(**when("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]))],
        YES,
        YES,
        YES,
    ),
    ("office", [allow(**when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))], COND, COND, COND),
    ("like anything", [allow(**when("StringLike", "aws:UserAgent", "*"))], YES, YES, YES),
    ("referer is spoofed", [allow(**when("StringLike", "aws:Referer", "x"))], YES, YES, YES),
    ("TLS only", [allow(**when("Bool", TLS, "true"))], YES, YES, YES),
    ("MFA", [allow(Principal={"AWS": ROLE}, **when("Bool", MFA, "true"))],
     NO, NO, COND),
    ("MFA if exists",
     [allow(Principal={"AWS": ROLE}, **when("BoolIfExists", MFA, True))],
     NO, NO, YES),
    ("endpoint", [allow(**when("StringEquals", "aws:SourceVpce", "vpce-1"))], COND, COND, COND),
    ("not our org only", [allow(**when("StringNotEquals", ORG, "o-a"))], YES, YES, YES),
    ("no org key at all", [allow(**when("Null", ORG, "true"))], YES, YES, YES),
    (
        "IfExists, but present",
        [allow(Condition={"StringEqualsIfExists": {ORG: "o-a"}, "Null": {ORG: "false"}})],
        NO,
        COND,
        COND,
    ),
    ("any organisation", [allow(**when("StringLike", ORG, "*"))], YES, YES, YES),
    ("tag of caller", [allow(**when("StringEquals", "aws:PrincipalTag/t", "ml"))], YES, YES, YES),
    ("narrowed to the role", [allow(**when("ArnEquals", ARN, ROLE))], NO, NO, YES),
    ("a role name anywhere",
     [allow(**when("ArnLike", ARN, "arn:aws:iam::*:role/etl"))], YES, YES, YES),
    ("narrowed by id", [allow(**when("StringLike", "aws:userid", f"{ROLE_ID}:*"))], NO, NO, NO),
    ("own arn fits", [allow(Principal={"AWS": ROLE}, **when("ArnLike", ARN, "*/etl"))],
     NO, NO, YES),
    ("own arn does not fit",
     [allow(Principal={"AWS": ROLE}, **when("ArnLike", ARN, "*/web"))], NO, NO, NO),
    ("object tag", [allow(**when("StringEquals", TAG, "p"))], COND, COND, COND),
    ("object tag if exists",
     [allow(**when("StringEqualsIfExists", TAG, "p"))], COND, COND, COND),
    ("path by user name",
     [allow(Resource="arn:aws:s3:::shards/${aws:username}/*")], COND, COND, COND),
    # Denies.
    ("Deny without TLS", [allow(), deny(**when("Bool", TLS, "false"))], YES, YES, YES),
    ("Deny outside org", [allow(), deny(**when("StringNotEquals", ORG, "o-a"))], NO, COND, COND),
    ("Deny all but the role",
     [allow(), deny(**when("StringNotEquals", ARN, ROLE))], NO, NO, YES),
    ("NotPrincipal", [allow(), deny(Principal=None, NotPrincipal={"AWS": ROLE})], NO, NO, YES),
    ("Deny off the office",
     [allow(), deny(**when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))], COND, COND, COND),
    ("Deny from nowhere", [allow(), deny(**when("NotIpAddress", "aws:SourceIp", "0.0.0.0/0"))],
     YES, YES, YES),
    ("Deny from everywhere", [allow(), deny(**when("IpAddress", "aws:SourceIp", "0.0.0.0/0"))],
     NO, NO, NO),
    ("Deny one bad address", [allow(), deny(**when("IpAddress", "aws:SourceIp", "198.51.100.7"))],
     YES, YES, YES),
    ("Deny without MFA",
     [allow(), deny(**when("BoolIfExists", MFA, "false"))], NO, COND, COND),
    ("Deny elsewhere", [allow(), deny(Resource="arn:aws:s3:::shards/private/*")], YES, YES, YES),
    ("Deny all but a prefix",
     [allow(), deny(Resource=None, NotResource="arn:aws:s3:::shards/raw/*")], YES, YES, YES),
    ("Deny of writing", [allow(), statement(Effect="Deny", Action="s3:Put*")], YES, YES, YES),
    ("Deny of plain reading", [allow(Action="s3:*"), statement(Effect="Deny")], COND, COND, COND),
    ("Deny of what is allowed", [allow(), statement(Effect="Deny")], NO, NO, NO),
    ("Deny of versions", [allow(), statement(Effect="Deny", Action="s3:GetObjectVersion")],
     YES, YES, YES),
    ("Deny of the role", [allow(), deny(Principal={"AWS": ROLE})], YES, YES, NO),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "stranger", "staff", "role"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_hand_worked_cases(
    tmp_path: Path,
    statements: list[dict[str, Any]],
    stranger: Decision,
    staff: Decision,
    role: Decision,
) -> None:
    rows = rows_of(tmp_path, *statements)
    assert decide(rows, ANYONE, OBJECT) is stranger
    assert decide(rows, ANY_EMPLOYEE, OBJECT) is staff
    assert decide(rows, employee(ROLE), OBJECT) is role


def test_expired_conditions_end_with_their_time(tmp_path: Path) -> None:
    times = {
        "DateGreaterThan": {"aws:CurrentTime": "2026-03-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2026-04-01T00:00:00Z"},
    }
    rows = rows_of(tmp_path, allow(Condition=times))
    assert rows[0].granted_time == datetime(2026, 3, 1, tzinfo=UTC)
    answers = [decide(rows, ANYONE, OBJECT, datetime(2026, m, 15, tzinfo=UTC)) for m in (2, 3, 4)]
    assert answers == [NO, YES, NO]
    assert rows_of(tmp_path, allow(Condition=times), at="2026-05-01")[0].decision is NO
    assert rows_of(tmp_path, allow(Condition=times), at="2026-03-05")[0].decision is YES


def test_epoch_time_and_unreadable_time(tmp_path: Path) -> None:
    epoch = rows_of(tmp_path, allow(**when("NumericLessThan", "aws:EpochTime", "1775001600")))
    assert epoch[0].expiration_time == datetime(2026, 4, 1, tzinfo=UTC)
    broken = rows_of(tmp_path, allow(**when("DateLessThan", "aws:CurrentTime", "soon")))
    assert (broken[0].decision, broken[0].expiration_time) == (COND, None)


PRINCIPALS = [
    ({"AWS": "444455556666"}, "444455556666", "account", YES),
    ({"AWS": "arn:aws:iam::444455556666:root"}, "444455556666", "account", YES),
    ({"AWS": BOB}, BOB, "user", YES),
    ({"AWS": "arn:aws:sts::444455556666:assumed-role/r/s"}, None, "role", YES),
    ({"AWS": OAI}, None, "service", YES),
    ({"Service": "logs.amazonaws.com"}, "logs.amazonaws.com", "service", YES),
    ({"Federated": "cognito-identity.amazonaws.com"}, None, "unknown", COND),
    ({"CanonicalUser": "79a5" * 16}, None, "account", YES),
    ({"AWS": ROLE_ID}, ROLE_ID, "role", YES),
    ({"AWS": "arn:aws:iam::444455556666:role/*"}, None, "unknown", COND),
]  # fmt: skip


@pytest.mark.parametrize(("element", "name", "kind", "decision"), PRINCIPALS)
def test_principal_forms(
    tmp_path: Path, element: Any, name: str | None, kind: str, decision: Decision
) -> None:
    (row,) = rows_of(tmp_path, allow(Principal=element))
    assert row.principal == (name or next(iter(element.values())))
    assert (row.principal_type, row.decision) == (kind, decision)


def test_levels_are_told_apart(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, allow(Sid="All", Action="s3:*", Resource=BOTH))
    found = {(r.resource, r.access_level, r.decision) for r in rows}
    assert found == {
        ("s3://shards", "list", NO),
        ("s3://shards", "admin", NO),
        ("s3://shards/*", "read", YES),
        ("s3://shards/*", "write", NO),
        ("s3://shards/*", "admin", NO),
    }
    assert {r.via for r in rows} == {"bucket policy statement 1 (All)"}


def test_our_organisation_is_all_staff(tmp_path: Path) -> None:
    ours = allow(**when("StringEquals", ORG, "o-ours"))
    known = rows_of(tmp_path, ours, organization="o-ours")[0]
    assert (known.principal, known.principal_type, known.decision) == ("o-ours", "all_staff", YES)
    guess = rows_of(tmp_path, ours)[0]
    assert (guess.principal_type, guess.decision) == ("all_staff", COND)
    other = rows_of(tmp_path, ours, organization="o-else")[0]
    assert (other.principal_type, other.decision) == ("account", YES)


def test_a_condition_reads_as_a_sentence(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, allow(**when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8")))
    assert rows[0].condition == "aws:SourceIp is not in 10.0.0.0/8"


def test_a_shared_secret_in_a_header_condition_is_not_shown(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, allow(**when("StringEquals", "aws:Referer", "s3cr3t-value")))
    assert "s3cr3t" not in repr(rows)


def test_wildcard_resources_mean_the_policys_own_bucket(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, allow(Resource="*"), resource="s3://shards")
    assert {r.resource for r in rows if r.access_level == "read"} == {"s3://shards/*"}
    assert decide(rows, ANYONE, "s3://other/x") is NO
    unknown = rows_of(tmp_path, allow(Resource="arn:aws:s3:::*"))
    assert decide(unknown, ANYONE, "s3://other/x") is YES


def test_restrict_public_buckets(tmp_path: Path) -> None:
    block = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
    partner = allow(Principal={"AWS": "arn:aws:iam::444455556666:user/eve"})
    own = allow(Principal={"AWS": ROLE})
    options = {"public_access_block": block, "account": "111122223333"}
    rows = rows_of(tmp_path, allow(), partner, own, **options)
    assert decide(rows, ANYONE, OBJECT) is NO
    assert decide(rows, {"111122223333"}, OBJECT) is YES
    assert decide(rows, {"arn:aws:iam::444455556666:user/eve"}, OBJECT) is NO
    assert decide(rows, {ROLE}, OBJECT) is YES
    closed = rows_of(tmp_path, partner, **options)  # not public: the block does nothing
    assert closed[0].decision is YES


def test_the_block_beside_the_policy_or_in_a_file(tmp_path: Path) -> None:
    block = {"RestrictPublicBuckets": True, "BlockPublicAcls": True}
    policy = json.dumps({"Statement": allow()})
    file = tmp_path / "export.json"
    both = {"Policy": policy, "PublicAccessBlockConfiguration": block}
    file.write_text(json.dumps(both))
    assert decide(plugin.read(GrantExport(file), UnitLog()), ANYONE, OBJECT) is NO
    other = tmp_path / "block.json"
    other.write_text(json.dumps({"PublicAccessBlockConfiguration": block}))
    assert decide(rows_of(tmp_path, allow(), public_access_block=str(other)), ANYONE, OBJECT) is NO
    assert list(plugin.read(GrantExport(other), UnitLog())) == []


BAD = [
    "a string",
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    statement(Effect="allow"),
    statement(Principal={"Aws": "*"}),
    statement(Principal={"AWS": 5}),
    statement(Action=[]),
    statement(Resource=7),
    statement(NotAction="s3:Get*"),
    statement(Conditon={}),
    statement(Condition=[]),
    statement(Condition={"StringEqual": {"a": "b"}}),
    statement(Condition={"StringEquals": "x"}),
    statement(Condition={"StringEquals": {"a": {"b": "c"}}}),
]


@pytest.mark.parametrize("bad", BAD)
def test_a_statement_that_cannot_be_read_is_counted_and_the_others_stay(
    tmp_path: Path, bad: Any
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"Statement": [bad, allow()]}))
    log = UnitLog()
    rows = list(plugin.read(GrantExport(file), log))
    assert len(rows) == 1
    assert (log.records, log.failed_records) == (2, 1)
    assert log.problems[0].records == (1,)
    assert log.problems[0].hint


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"Policy": "{"}', '{"Policy": 3}', '{"Statement": [], "Statement": []}',
     "[" * 100_000, "\ud800"],
)  # fmt: skip
def test_a_file_that_is_no_policy_says_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UnreadableError) as caught:
        list(plugin.read(GrantExport(file), UnitLog()))
    assert caught.value.hint


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["*", "Allow", "s3:*", "${a}", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["AWS", "StringLike", "Null", ARN, "DateLessThan"]), inner,
        max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(statement())), JSON, max_size=2))
def test_whatever_a_statement_holds_the_reader_survives(parts: dict[str, Any]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "p.json")
        file.write_text(json.dumps({"Statement": [statement(**parts), allow()]}))
        log = UnitLog()
        try:
            rows = list(plugin.read(GrantExport(file), log))
        except LeakgateError:
            return
        assert decide(rows, ANYONE, OBJECT) in (YES, COND, NO)
        assert log.records == 2
