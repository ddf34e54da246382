"""Google Cloud: worked cases over IAM policies, bucket settings and BigQuery datasets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from effective import ANYONE, decide, employee
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError
from scanner.grants import GrantExport
from scanner.grants._gcp_cel import zones
from scanner.grants.gcp import plugin
from scanner.model import Decision, Grant

NO, COND, YES = Decision.NO, Decision.CONDITIONAL, Decision.YES
ANN, BEN, ETL = "ann@x.example", "ben@x.example", "etl@shop.iam.gserviceaccount.com"
OBJECT, TABLE = "gs://shards/raw/a.json", "bigquery://shop/telemetry/events"
VIEWER = "roles/storage.objectViewer"


def bind(role: str, *members: str, when: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"role": role, "members": list(members)}
    return found | ({"condition": {"title": "t", "expression": when}} if when else {})


def policy(*bindings: Any) -> dict[str, Any]:
    return {"bindings": list(bindings), "etag": "BwX=", "version": 3}


def bucket(**parts: Any) -> dict[str, Any]:
    return {
        "name": "shards", "storage_url": "gs://shards/", "projectNumber": "12",
        "uniform_bucket_level_access": True, "public_access_prevention": "inherited",
    } | parts  # fmt: skip


PROJECT = {
    "projectId": "shop",
    "projectNumber": "12",
    "parent": {"type": "folder", "id": "7"},
}
FOLDER = {"name": "folders/7", "parent": "organizations/1"}
USER = f"user:{ANN}"


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    line = {
        "name": "//storage.googleapis.com/shards",
        "assetType": "storage.googleapis.com/Bucket",
        "ancestors": ["projects/12", "organizations/1"],
        "iamPolicy": policy(bind(VIEWER, USER), bind("roles/storage.admin", f"group:{BEN}")),
    }
    lines = [line, line | {"name": "//storage.googleapis.com/other"}]
    path.write_text("\n".join(json.dumps(x) for x in lines) + "\n")


def read(folder: Path, files: dict[str, Any], **options: Any) -> tuple[list[Grant], UnitLog]:
    for name, found in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
    log = UnitLog()
    return list(plugin.read(GrantExport(folder, options), log)), log


YAML = f"""bindings:
- members:
  - {USER}
  role: {VIEWER}
etag: BwX=
version: 1
"""
SEARCHED = f"""---
assetType: storage.googleapis.com/Bucket
policy:
  bindings:
  - members:
    - {USER}
    role: {VIEWER}
project: projects/12
resource: //storage.googleapis.com/shards
---
assetType: cloudresourcemanager.googleapis.com/Project
policy:
  bindings:
  - members:
    - user:{BEN}
    role: roles/storage.admin
project: projects/12
resource: //cloudresourcemanager.googleapis.com/projects/shop
"""


@pytest.mark.parametrize(("name", "text"), [("buckets/shards.yaml", YAML), ("s.yaml", SEARCHED)])
def test_yaml_as_the_command_line_prints_it(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert plugin.sniff(path, text.encode())
    assert decide(world(tmp_path, {}), employee(ANN), OBJECT) is YES
    path.write_text(text + "\t- [")
    with pytest.raises(UnreadableError):
        world(tmp_path, {})


def test_analyses(tmp_path: Path) -> None:
    place = "//storage.googleapis.com/shards"
    whole = {
        "analysisResults": [{"attachedResourceFullName": place, "iamBinding": bind(VIEWER, USER)}]
    }
    lists = {"ACLs": [{"policy": {"attachedResource": place, "binding": bind(VIEWER, USER)}}]}
    for answer in (whole, {"mainAnalysis": whole, "fullyExplored": True}, lists):
        assert decide(world(tmp_path, {"a.json": answer}), employee(ANN), OBJECT) is YES
    _, log = read(tmp_path, {"a.json": {"mainAnalysis": whole, "fullyExplored": False}})
    assert [p.code for p in log.problems] == ["grants.gcp_analysis"]


def world(folder: Path, files: dict[str, Any], **options: Any) -> list[Grant]:
    rows, log = read(folder, files, **options)
    assert log.problems == []
    return rows


def answer(rows: list[Grant], who: str = ANN, resource: str = OBJECT) -> Decision:
    caller = ANYONE if who == "anybody" else {"public", "all_staff"} if who == "staff" else {who}
    return decide(rows, employee(*caller) if "@" in who else caller, resource)


NOV = 'request.time < timestamp("2026-11-01T00:00:00Z")'
RAW = 'resource.name.startsWith("projects/_/buckets/shards/objects/raw/")'
HR = 'resource.name.startsWith("projects/_/buckets/shards/objects/hr/")'
OBJECTS_ONLY = 'resource.type == "storage.googleapis.com/Object"'
# name, the bucket's bindings, who asks, the answer about an object
BUCKET: list[tuple[str, list[Any], str, Decision]] = [
    ("viewer", [bind(VIEWER, USER)], ANN, YES),
    ("somebody else", [bind(VIEWER, USER)], BEN, NO),
    ("no binding", [], ANN, NO),
    ("object admin", [bind("roles/storage.objectAdmin", USER)], ANN, YES),
    ("object user", [bind("roles/storage.objectUser", USER)], ANN, YES),
    ("storage admin", [bind("roles/storage.admin", USER)], ANN, YES),
    ("creator only", [bind("roles/storage.objectCreator", USER)], ANN, NO),
    ("legacy bucket reader lists", [bind("roles/storage.legacyBucketReader", USER)], ANN, NO),
    ("legacy bucket owner writes", [bind("roles/storage.legacyBucketOwner", USER)], ANN, NO),
    ("legacy object reader", [bind("roles/storage.legacyObjectReader", USER)], ANN, YES),
    ("a BigQuery role", [bind("roles/bigquery.dataViewer", USER)], ANN, NO),
    ("a group", [bind(VIEWER, "group:data@x.example")], "data@x.example", YES),
    ("a service account", [bind(VIEWER, f"serviceAccount:{ETL}")], ETL, YES),
    ("all users", [bind(VIEWER, "allUsers")], "anybody", YES),
    ("all with an account", [bind(VIEWER, "allAuthenticatedUsers")], "anybody", YES),
    ("all users may list", [bind("roles/storage.legacyBucketReader", "allUsers")], "anybody", NO),
    ("our domain", [bind(VIEWER, "domain:x.example")], "staff", YES),
    ("another domain", [bind(VIEWER, "domain:y.example")], "staff", NO),
    ("deleted user", [bind(VIEWER, f"deleted:user:{ANN}?uid=1")], ANN, NO),
    ("identity pool", [bind(VIEWER, "principalSet://iam.googleapis.com/pool/*")],
     "principalSet://iam.googleapis.com/pool/*", COND),
    ("this prefix", [bind(VIEWER, USER, when=RAW)], ANN, YES),
    ("another prefix", [bind(VIEWER, USER, when=HR)], ANN, NO),
    ("one of two prefixes", [bind(VIEWER, USER, when=f"{HR} || ({RAW})")], ANN, YES),
    ("objects only", [bind(VIEWER, USER, when=f"{OBJECTS_ONLY} && {RAW}")], ANN, YES),
    ("buckets only", [bind(VIEWER, USER, when='resource.type == "storage.googleapis.com/Bucket"')],
     ANN, NO),
    ("not these", [bind(VIEWER, USER, when=f"!{RAW}")], ANN, COND),
    ("by a tag", [bind(VIEWER, USER, when="resource.matchTag('1/env', 'dev')")], ANN, COND),
    ("by access level",
     [bind(VIEWER, USER, when='"accessPolicies/1/accessLevels/a" in request.auth.access_levels')],
     ANN, COND),
    ("a prefix, and a tag", [bind(VIEWER, USER, when=f"{HR} && resource.matchTag('a','b')")],
     ANN, NO),
    ("never", [bind(VIEWER, USER, when="false")], ANN, NO),
    ("always", [bind(VIEWER, USER, when="true")], ANN, YES),
    ("holders of a basic role, unknown", [bind(VIEWER, "projectViewer:other")],
     "projectViewer:other", YES),
]  # fmt: skip


@pytest.mark.parametrize(("bindings", "who", "expected"), [c[1:] for c in BUCKET],
                         ids=[c[0] for c in BUCKET])  # fmt: skip
def test_bucket_policies(bindings: list[Any], who: str, expected: Decision, tmp_path: Path) -> None:
    files = {"buckets/shards.json": policy(*bindings), "describe.json": bucket()}
    assert answer(world(tmp_path, files, domains=["x.example"]), who) is expected


CUSTOM = {"name": "projects/shop/roles/peek", "includedPermissions": ["storage.objects.get"]}
LISTER = {"name": "projects/shop/roles/peek", "includedPermissions": ["storage.objects.list"]}
# name, further files, where the binding stands, its role, ann's answers for object and table
ABOVE: list[tuple[str, dict[str, Any], str, str, Decision, Decision]] = [
    ("project", {}, "projects/shop", VIEWER, YES, NO),
    ("project by number", {}, "projects/12", VIEWER, YES, NO),
    ("another project", {}, "projects/other", VIEWER, NO, NO),
    ("folder", {}, "folders/7", VIEWER, YES, NO),
    ("another folder", {}, "folders/8", VIEWER, COND, NO),
    ("organisation", {}, "organizations/1", "roles/bigquery.dataViewer", NO, YES),
    ("project, tables", {}, "projects/shop", "roles/bigquery.dataViewer", NO, YES),
    ("jobs alone read nothing", {}, "projects/shop", "roles/bigquery.jobUser", NO, NO),
    ("metadata", {}, "projects/shop", "roles/bigquery.metadataViewer", NO, NO),
    ("dataset", {}, "datasets/shop.telemetry", "roles/bigquery.dataViewer", NO, YES),
    ("another dataset", {}, "datasets/shop.hr", "roles/bigquery.dataViewer", NO, NO),
    ("table", {}, "tables/shop.telemetry.events", "roles/bigquery.dataViewer", NO, YES),
    ("another table", {}, "tables/shop.telemetry.other", "roles/bigquery.dataViewer", NO, NO),
    ("filtered", {}, "projects/shop", "roles/bigquery.filteredDataViewer", NO, COND),
    ("basic role, defaults unknown", {}, "projects/shop", "roles/viewer", COND, COND),
    ("basic role, defaults taken away", {"buckets/shards.json": policy()}, "projects/shop",
     "roles/viewer", NO, COND),
    ("basic role, defaults kept",
     {"buckets/shards.json": policy(bind("roles/storage.legacyObjectReader",
                                         "projectViewer:shop"))},
     "projects/shop", "roles/viewer", YES, COND),
    ("editors are no viewers",
     {"buckets/shards.json": policy(bind("roles/storage.legacyObjectReader",
                                         "projectViewer:shop"))},
     "projects/shop", "roles/editor", NO, COND),
    ("custom role", {"role.json": CUSTOM}, "projects/shop", "projects/shop/roles/peek", YES, NO),
    ("custom role that lists", {"role.json": LISTER}, "projects/shop", "projects/shop/roles/peek",
     NO, NO),
    ("another service", {}, "projects/shop", "roles/compute.admin", NO, NO),
    ("a worker role", {}, "projects/shop", "roles/dataflow.worker", COND, NO),
]  # fmt: skip


@pytest.mark.parametrize(("files", "place", "role", "objects", "tables"), [c[1:] for c in ABOVE],
                         ids=[c[0] for c in ABOVE])  # fmt: skip
def test_what_is_inherited(
    files: dict[str, Any], place: str, role: str, objects: Decision, tables: Decision,
    tmp_path: Path,
) -> None:  # fmt: skip
    base = {"project.json": PROJECT, "folder.json": FOLDER, "describe.json": bucket()}
    rows = world(tmp_path, base | files | {f"{place}.json": policy(bind(role, USER))})
    found = answer(rows), answer(rows, resource=TABLE)
    if place == "folders/8":  # of which nobody says what lies below
        assert found[1] in (NO, COND)
        return
    assert found == (objects, tables)


def test_public_access_prevention_and_uniform_access(tmp_path: Path) -> None:
    open_ = {"buckets/shards.json": policy(bind(VIEWER, "allUsers"))}
    shut = bucket(public_access_prevention="enforced")
    assert answer(world(tmp_path / "1", open_ | {"b.json": shut}), "anybody") is NO
    api = {
        "kind": "storage#bucket", "name": "shards",
        "iamConfiguration": {"publicAccessPrevention": "enforced"},
    }  # fmt: skip
    assert answer(world(tmp_path / "2", open_ | {"b.json": api}), "anybody") is NO
    entries = [{"entity": "allUsers", "role": "READER"}]
    lists = {"acl": entries, "default_acl": entries}
    fine = bucket(uniform_bucket_level_access=False, **lists)
    assert answer(world(tmp_path / "3", {"b.json": fine}), "anybody") is COND
    assert answer(world(tmp_path / "4", {"b.json": bucket(**lists)}), "anybody") is NO
    named = [{"entity": f"user-{ANN}", "role": "READER"}]
    fine = bucket(uniform_bucket_level_access=False, default_acl=named)
    assert answer(world(tmp_path / "5", {"b.json": fine})) is COND


def dataset(*access: Any) -> dict[str, Any]:
    where = {"datasetId": "telemetry", "projectId": "shop"}
    return {"kind": "bigquery#dataset", "datasetReference": where, "access": list(access)}


VIEW = {"projectId": "p", "datasetId": "d", "tableId": "v"}
# name, the access entry, who asks, the answer about a table
ENTRIES: list[tuple[str, dict[str, Any], str, Decision]] = [
    ("user", {"role": "READER", "userByEmail": ANN}, ANN, YES),
    ("writer reads", {"role": "WRITER", "userByEmail": ANN}, ANN, YES),
    ("owner reads", {"role": "OWNER", "userByEmail": ANN}, ANN, YES),
    ("role by name", {"role": "roles/bigquery.dataViewer", "userByEmail": ANN}, ANN, YES),
    ("metadata", {"role": "roles/bigquery.metadataViewer", "userByEmail": ANN}, ANN, NO),
    ("group", {"role": "READER", "groupByEmail": "g@x.example"}, "g@x.example", YES),
    ("domain", {"role": "READER", "domain": "x.example"}, "staff", YES),
    ("all with an account", {"role": "READER", "specialGroup": "allAuthenticatedUsers"},
     "anybody", YES),
    ("all users", {"role": "READER", "iamMember": "allUsers"}, "anybody", YES),
    ("service account", {"role": "READER", "userByEmail": ETL}, ETL, YES),
    ("project readers", {"role": "READER", "specialGroup": "projectReaders"}, BEN, YES),
    ("project owners", {"role": "OWNER", "specialGroup": "projectOwners"}, BEN, NO),
    ("view", {"view": VIEW}, "bigquery://p/d/v", COND),
    ("dataset", {"dataset": {"dataset": {"projectId": "p", "datasetId": "d"},
                             "targetTypes": ["VIEWS"]}}, "bigquery://p/d", COND),
    ("until", {"role": "READER", "userByEmail": ANN,
               "condition": {"expression": "resource.matchTag('a','b')"}}, ANN, COND),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "who", "expected"), [c[1:] for c in ENTRIES],
                         ids=[c[0] for c in ENTRIES])  # fmt: skip
def test_datasets(entry: dict[str, Any], who: str, expected: Decision, tmp_path: Path) -> None:
    ben = policy(bind("roles/viewer", f"user:{BEN}"))
    files = {"d.json": dataset(entry), "projects/shop.json": ben}
    assert answer(world(tmp_path, files), who, TABLE) is expected


def deny_policy(**rule: Any) -> dict[str, Any]:
    given = {
        "deniedPrincipals": ["principalSet://goog/public:all"],
        "deniedPermissions": ["storage.googleapis.com/objects.get"],
    } | rule
    name = "policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fshop/denypolicies/guard"
    return {"name": name, "rules": [{"denyRule": given}]}


SPARED = [f"principal://goog/subject/{ANN}"]
TAGGED = {"expression": "resource.matchTag('1/env', 'prod')"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, NO),
        ({"exceptionPrincipals": SPARED}, YES),
        ({"deniedPrincipals": SPARED}, NO),
        ({"deniedPrincipals": [f"principal://goog/subject/{BEN}"]}, YES),
        ({"deniedPermissions": ["storage.googleapis.com/objects.delete"]}, YES),
        ({"denialCondition": TAGGED}, COND),
    ],
)
def test_deny_policies(rule: dict[str, Any], expected: Decision, tmp_path: Path) -> None:
    files = {
        "projects.json": PROJECT, "b.json": bucket(), "deny.json": deny_policy(**rule),
        "buckets/shards.json": policy(bind(VIEWER, USER)),
    }  # fmt: skip
    assert answer(world(tmp_path, files)) is expected


def test_conditions_on_time_are_windows(tmp_path: Path) -> None:
    files = {"buckets/shards.json": policy(bind(VIEWER, USER, when=NOV))}
    rows = world(tmp_path, files)
    assert decide(rows, {ANN}, OBJECT, datetime(2026, 10, 31, tzinfo=UTC)) is YES
    assert decide(rows, {ANN}, OBJECT, datetime(2026, 11, 1, tzinfo=UTC)) is NO


def test_who_acts_as_a_service_account(tmp_path: Path) -> None:
    token, build = "roles/iam.serviceAccountTokenCreator", "build@shop.iam.gserviceaccount.com"
    files = {
        "buckets/shards.json": policy(bind(VIEWER, f"serviceAccount:{ETL}")),
        f"serviceAccounts/{ETL}.json": policy(bind(token, f"serviceAccount:{build}")),
        f"serviceAccounts/{build}.json": policy(bind(token, USER)),
        "projects/shop.json": policy(bind("roles/iam.serviceAccountUser", f"user:{BEN}")),
    }
    rows = world(tmp_path, files)
    assert (answer(rows), answer(rows, BEN)) == (YES, NO)
    (way,) = {r.via for r in rows if r.principal == ANN and r.decision is YES}
    assert way.startswith(f"service account {build} > service account {ETL}, bucket shards")


def test_row_access_policies_make_a_yes_conditional(tmp_path: Path) -> None:
    at = {"projectId": "shop", "datasetId": "telemetry", "tableId": "events", "policyId": "eu"}
    files = {
        "d.json": dataset({"role": "READER", "userByEmail": ANN}),
        "rows.json": {"rowAccessPolicies": [{"rowAccessPolicyReference": at}]},
    }
    rows = world(tmp_path, files)
    assert answer(rows, resource=TABLE) is COND
    assert answer(rows, resource="bigquery://shop/telemetry/other") is YES


def test_search_results_and_effective_policies(tmp_path: Path) -> None:
    search = [{
        "resource": "//cloudresourcemanager.googleapis.com/projects/shop",
        "project": "projects/12", "folders": ["folders/7"], "organization": "organizations/1",
        "policy": policy(bind(VIEWER, USER)),
    }]  # fmt: skip
    rows = world(tmp_path / "1", {"search.json": search, "b.json": bucket()})
    assert answer(rows) is YES
    effective = {"policyResults": [{
        "fullResourceName": "//storage.googleapis.com/shards",
        "policies": [
            {"attachedResource": "//storage.googleapis.com/shards", "policy": policy()},
            {"attachedResource": "//cloudresourcemanager.googleapis.com/projects/shop",
             "policy": policy(bind(VIEWER, USER))},
        ]}]}  # fmt: skip
    assert answer(world(tmp_path / "2", {"e.json": [effective], "b.json": bucket(),
                                         "p.json": [PROJECT]})) is YES  # fmt: skip


def test_a_lone_policy_takes_its_place_from_an_option(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy(bind(VIEWER, USER))))
    with pytest.raises(UnreadableError):
        list(plugin.read(GrantExport(path), UnitLog()))
    rows = list(plugin.read(GrantExport(path, {"resource": "gs://shards"}), UnitLog()))
    assert answer(rows) is YES


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    odd = policy(bind(VIEWER, "Sekret"), {"role": 7}, bind("organizations/1/roles/x", USER))
    rows, log = read(tmp_path, {"buckets/shards.json": odd, "notes.json": {"a": 1}})
    assert answer(rows) is COND
    assert sorted(p.code for p in log.problems) == [
        "grants.binding", "grants.binding", "grants.missing_role", "grants.not_gcp",
    ]  # fmt: skip
    assert all(p.hint for p in log.problems) and "Sekret" not in str(log.problems)


@given(st.text(alphabet="()&|!\"'. <=ta", max_size=40))
def test_any_expression_gives_zones(text: str) -> None:
    for zone in zones(text):
        assert zone.resource


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
    max_leaves=6,
)
KEYS = ("bindings", "role", "members", "condition", "name", "rules", "datasetReference", "access",
        "iamPolicy", "assetType", "storage_url", "acl", "etag", "policyResults")  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5))
def test_any_shape_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("odd") / "x.json"
    path.write_text(json.dumps(raw))
    try:
        list(plugin.read(GrantExport(path, {"resource": "gs://shards"}), UnitLog()))
    except LeakgateError as error:
        assert error.hint
