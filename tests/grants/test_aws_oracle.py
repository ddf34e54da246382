"""AWS: random small worlds, decided once more by the plainest reading of the documentation."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import pytest
from effective import decide, employee
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import LeakgateError
from scanner.grants import GrantExport
from scanner.grants.aws import plugin
from scanner.model import Decision

OURS = "111122223333"
BOB, ETL = f"arn:aws:iam::{OURS}:user/bob", f"arn:aws:iam::{OURS}:role/etl"
LIMIT = f"arn:aws:iam::{OURS}:policy/limit"
OBJECTS = ("s3://shards/raw/a", "s3://shards/raw/b", "s3://shards/hr/a", "s3://other/raw/a")
ACTIONS = ("s3:getobject", "s3:getobjectversion")
PRINCIPALS: dict[str, Any] = {
    "bob": {"AWS": BOB},
    "etl": {"AWS": [ETL]},
    "account": {"AWS": f"arn:aws:iam::{OURS}:root"},
}
_OF_BUCKET = ("shards/*", "shards/raw/*", "shards/hr/a", "shards")
_BUCKET_RESOURCES = tuple(f"arn:aws:s3:::{name}" for name in _OF_BUCKET)
_RESOURCES = ("*", "arn:aws:s3:::*/raw/a", "arn:aws:s3:::other/*", *_BUCKET_RESOURCES)
_ACTIONS = ("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")


@st.composite
def statements(draw: st.DrawFn, principals: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    some = st.lists(st.sampled_from(_ACTIONS), min_size=1, max_size=2)
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(some)
    pool = _BUCKET_RESOURCES if principals else _RESOURCES
    some = st.lists(st.sampled_from(pool), min_size=1, max_size=2)
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(some)
    if principals:
        found["Principal"] = PRINCIPALS[draw(st.sampled_from(sorted(PRINCIPALS)))]
    return found


def policies(principals: bool = False) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(statements(principals), min_size=1, max_size=3)


def speaks(statement: dict[str, Any], action: str, thing: str) -> bool:
    arn = "arn:aws:s3:::" + thing.removeprefix("s3://")
    return _any(statement, "Action", action) and _any(statement, "Resource", arn)


def _any(statement: dict[str, Any], name: str, value: str) -> bool:
    listed = statement.get(name) or statement[f"Not{name}"]
    hit = any(fnmatch.fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)
    return hit is (name in statement)


def said(policy: list[dict[str, Any]], effect: str, action: str, thing: str) -> bool:
    return any(s["Effect"] == effect and speaks(s, action, thing) for s in policy)


def allowed(world: dict[str, Any], who: str, action: str, thing: str) -> bool:
    """Whether a request passes, one sentence of the documentation after the other."""
    own, limit, scp = world["own"], world["limit"], world["scp"]
    bucket = world["bucket"] if thing.startswith("s3://shards/") else []
    name = {BOB: "bob", ETL: "etl"}[who]
    mine = [s for s in bucket if s["Principal"] in (PRINCIPALS[name], PRINCIPALS["account"])]
    direct = [s for s in bucket if s["Principal"] == PRINCIPALS[name]]
    if any(said(p, "Deny", action, thing) for p in (own, mine, limit or [], scp or [])):
        return False
    if scp is not None and not said(scp, "Allow", action, thing):
        return False
    within = limit is None or said(limit, "Allow", action, thing)
    by_bucket = said(direct, "Allow", action, thing) and (within or who == BOB)
    return by_bucket or (within and said(own, "Allow", action, thing))


def export(folder: Path, world: dict[str, Any]) -> None:
    part = {
        "AttachedManagedPolicies": [],
        "Tags": [],
    }
    if world["limit"] is not None:
        part |= {"PermissionsBoundary": {"PermissionsBoundaryArn": LIMIT}}
    inline = [{"PolicyName": "own", "PolicyDocument": {"Statement": world["own"]}}]
    trust = {"Effect": "Allow", "Principal": {"Service": "x"}, "Action": "sts:AssumeRole"}
    limit = {"VersionId": "v1", "IsDefaultVersion": True,
             "Document": {"Statement": world["limit"] or []}}  # fmt: skip
    dump = {
        "UserDetailList": [part | {"Arn": BOB, "UserName": "bob", "UserId": "AIDABOB",
                                   "UserPolicyList": inline, "GroupList": []}],
        "RoleDetailList": [part | {"Arn": ETL, "RoleName": "etl", "RoleId": "AROAETL",
                                   "RolePolicyList": inline,
                                   "AssumeRolePolicyDocument": {"Statement": [trust]}}],
        "Policies": [{"Arn": LIMIT, "PolicyName": "limit", "PolicyVersionList": [limit]}],
    }  # fmt: skip
    files: dict[str, Any] = {"iam.json": dump, "list.json": {"Buckets": [{"Name": "other"}]}}
    files["shards/policy.json"] = {"Policy": json.dumps({"Statement": world["bucket"]})}
    if world["scp"] is not None:
        summary = {"Type": "SERVICE_CONTROL_POLICY", "Name": "scp"}
        content = json.dumps({"Statement": world["scp"]})
        files["scp.json"] = {"Policy": {"PolicySummary": summary, "Content": content}}
    for name, found in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(found))


WORLDS = st.fixed_dictionaries(
    {
        "own": policies(),
        "bucket": policies(principals=True),
        "limit": st.none() | policies(),
        "scp": st.none() | policies(),
    }
)


@settings(max_examples=150)
@given(WORLDS)
def test_as_the_documentation_says(
    tmp_path_factory: pytest.TempPathFactory, world: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    export(folder, world)
    log = UnitLog()
    rows = list(plugin.read(GrantExport(folder), log))
    assert log.problems == []
    for who in (BOB, ETL):
        for thing in OBJECTS:
            expected = any(allowed(world, who, action, thing) for action in ACTIONS)
            found = decide([r for r in rows if r.system == "aws"], employee(who), thing)
            if found is not Decision.CONDITIONAL:  # globs that cross have no exact glob in common
                assert (found is Decision.YES) is expected, (who, thing)
            else:
                assert _crosses(world), (who, thing)


def _crosses(world: dict[str, Any]) -> bool:
    """True when one of the few patterns is there that only partly covers others."""
    return "*/raw/a" in json.dumps(world)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
    max_leaves=6,
)
KEYS = ("UserDetailList", "RoleDetailList", "GroupDetailList", "Policies", "Grants", "Owner",
        "Policy", "Statement", "OwnershipControls", "ServerSideEncryptionConfiguration",
        "PublicAccessBlockConfiguration", "Buckets", "NetworkOrigin", "Bucket")  # fmt: skip
DETAIL = st.fixed_dictionaries(
    {"Arn": st.sampled_from([BOB, ETL, ""]), "UserName": JSON, "RoleName": JSON},
    optional={"UserPolicyList": JSON, "GroupList": JSON, "Tags": JSON, "PolicyVersionList": JSON,
              "AttachedManagedPolicies": JSON, "AssumeRolePolicyDocument": JSON,
              "PermissionsBoundary": JSON},
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(DETAIL, max_size=2), max_size=5))
def test_any_shape_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("odd") / "x.json"
    path.write_text(json.dumps(raw))
    try:
        list(plugin.read(GrantExport(path, {"resource": "s3://shards"}), UnitLog()))
    except LeakgateError as error:
        assert error.hint
