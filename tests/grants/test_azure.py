"""Azure: worked cases over role assignments, storage accounts and open containers."""

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
from scanner.errors import LeakgateError
from scanner.grants import GrantExport
from scanner.grants.azure import plugin
from scanner.model import Decision, Grant

NO, COND, YES = Decision.NO, Decision.CONDITIONAL, Decision.YES
ANN, BEN = "ann@x.example", "ben@x.example"
ANN_ID, BEN_ID = "aaaaaaaa-0000-0000-0000-000000000001", "aaaaaaaa-0000-0000-0000-000000000002"
SUB = "/subscriptions/11111111-0000-0000-0000-000000000000"
GROUP = f"{SUB}/resourceGroups/data"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/shop"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/raw"
MG = "/providers/Microsoft.Management/managementGroups/all"
BLOB = "https://shop.blob.core.windows.net/raw/a.json"
READER = "Storage Blob Data Reader"
READ_ACTION = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


def assigned(role: str, scope: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {
        "principalId": ANN_ID, "principalName": ANN, "principalType": "User",
        "roleDefinitionName": role, "roleDefinitionId": f"{SUB}/roleDefinitions/x",
        "scope": scope, "condition": None, "createdOn": "2026-01-01T00:00:00+00:00",
    } | more  # fmt: skip


def account(**more: Any) -> dict[str, Any]:
    return {
        "id": ACCOUNT, "name": "shop", "allowBlobPublicAccess": None, "allowSharedKeyAccess": None,
        "primaryEndpoints": {"blob": "https://shop.blob.core.windows.net/"},
        "networkRuleSet": {"defaultAction": "Allow"}, "publicNetworkAccess": "Enabled",
    } | more  # fmt: skip


def definition(**lists: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {n: [] for n in ("actions", "notActions", "dataActions")}
    return {
        "roleName": "peek", "name": "guid", "roleType": "CustomRole",
        "permissions": [empty | {"notDataActions": []} | lists],
    }  # fmt: skip


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    rows = [assigned(READER), assigned("Contributor", GROUP)]
    path.write_text(json.dumps(rows, indent=2))


def read(folder: Path, files: dict[str, Any], **options: Any) -> tuple[list[Grant], UnitLog]:
    for name, found in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
    log = UnitLog()
    return list(plugin.read(GrantExport(folder, options), log)), log


def world(folder: Path, files: dict[str, Any], **options: Any) -> list[Grant]:
    rows, log = read(folder, files, **options)
    assert log.problems == []
    return rows


def answer(rows: list[Grant], who: str = ANN, resource: str = BLOB) -> Decision:
    return decide(rows, ANYONE if who == "anybody" else employee(who), resource)


def only(attribute: str) -> str:
    """A condition on reading, as the portal writes it."""
    return f"((!(ActionMatches{{'{READ_ACTION}'}})) OR ({attribute}))"


NAME = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name]"
LIST_TOO = (
    f"((!(ActionMatches{{'{READ_ACTION}'}} AND NOT SubOperationMatches{{'Blob.List'}}))"
    f" OR ({NAME} StringEquals 'raw'))"
)
DELEGATE = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[a] x))"
)
KEYS_OFF, ELSEWHERE = {"allowSharedKeyAccess": False}, f"{SUB}/resourceGroups/other"
# name, the assignment, what the account says besides, ann's answer about a blob
ROLES: list[tuple[str, dict[str, Any], dict[str, Any], Decision]] = [
    ("data reader", assigned(READER), {}, YES),
    ("data contributor", assigned("Storage Blob Data Contributor"), {}, YES),
    ("data owner", assigned("Storage Blob Data Owner"), {}, YES),
    ("delegator", assigned("Storage Blob Delegator"), {}, NO),
    ("queue reader", assigned("Storage Queue Data Reader"), {}, NO),
    ("reader sees no data", assigned("Reader"), {}, NO),
    ("owner, by the keys", assigned("Owner"), {}, YES),
    ("contributor, by the keys", assigned("Contributor"), {}, YES),
    ("contributor, keys off", assigned("Contributor"), KEYS_OFF, NO),
    ("data reader, keys off", assigned(READER), KEYS_OFF, YES),
    ("account contributor", assigned("Storage Account Contributor"), {}, YES),
    ("key operator", assigned("Storage Account Key Operator Service Role"), {}, YES),
    ("reader and data access", assigned("Reader and Data Access"), {}, YES),
    ("access administrator", assigned("User Access Administrator"), {}, NO),
    ("contributor of a container has no keys", assigned("Contributor", CONTAINER), {}, NO),
    ("reader of the container", assigned(READER, CONTAINER), {}, YES),
    ("reader of another container", assigned(READER, CONTAINER[:-3] + "hr"), {}, NO),
    ("reader of another account", assigned(READER, ACCOUNT + "2"), {}, NO),
    ("reader of the queue service", assigned(READER, f"{ACCOUNT}/queueServices/default"), {}, NO),
    ("resource group", assigned(READER, GROUP), {}, YES),
    ("resource group, other case", assigned(READER, GROUP.upper()), {}, YES),
    ("another resource group", assigned(READER, ELSEWHERE), {}, NO),
    ("a group whose name begins so", assigned(READER, GROUP[:-1]), {}, NO),
    ("subscription", assigned(READER, SUB), {}, YES),
    ("root", assigned(READER, "/"), {}, YES),
    ("management group", assigned(READER, MG), {}, YES),
    ("another management group", assigned(READER, MG + "2"), {}, NO),
    ("another kind of resource", assigned("Owner", f"{GROUP}/providers/Microsoft.Web/sites/x"),
     {}, NO),
    ("role by its id alone", assigned("", roleDefinitionId=f"{SUB}/providers/"
     "Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"), {}, YES),
    ("only this container", assigned(READER, condition=only(f"{NAME} StringEquals 'raw'")),
     {}, YES),
    ("only that container", assigned(READER, condition=only(f"{NAME} StringEquals 'hr'")), {}, NO),
    ("containers that begin so",
     assigned(READER, condition=only(f"{NAME} StringStartsWith 'r'")), {}, YES),
    ("with listing left out", assigned(READER, condition=LIST_TOO), {}, YES),
    ("not this container", assigned(READER, condition=only(f"{NAME} StringNotEquals 'raw'")),
     {}, COND),
    ("by a tag", assigned(READER, condition=only("@Resource[tags:a<$key_case_sensitive$>] "
     "StringEquals 'b'")), {}, COND),
    ("two tests", assigned(READER, condition=only(f"{NAME} StringEquals 'raw' AND {NAME} "
     "StringEquals 'hr'")), {}, COND),
    ("a condition on assigning", assigned("Storage Blob Data Owner", condition=DELEGATE), {}, YES),
    ("eligible", assigned(READER, roleEligibilityScheduleId="x"), {}, COND),
    ("some networks", assigned(READER), {"networkRuleSet": {"defaultAction": "Deny"}}, COND),
    ("no public network", assigned(READER), {"publicNetworkAccess": "Disabled"}, COND),
]  # fmt: skip


@pytest.mark.parametrize(("row", "more", "expected"), [c[1:] for c in ROLES],
                         ids=[c[0] for c in ROLES])  # fmt: skip
def test_roles(
    row: dict[str, Any], more: dict[str, Any], expected: Decision, tmp_path: Path
) -> None:
    above = {"id": MG, "name": "all", "children": [{"id": SUB, "children": None}]}
    files = {"roles.json": [row], "accounts.json": [account(**more)], "mg.json": above}
    assert answer(world(tmp_path, files)) is expected


CUSTOM: list[tuple[str, dict[str, Any], Decision]] = [
    ("all data actions", {"dataActions": ["*"]}, YES),
    ("reading blobs", {"dataActions": [READ_ACTION]}, YES),
    ("any reading", {"dataActions": ["Microsoft.Storage/*/read"]}, YES),
    ("taken out again", {"dataActions": ["*"], "notDataActions": [READ_ACTION]}, NO),
    ("actions are no data actions", {"actions": [READ_ACTION]}, NO),
    ("all actions list the keys", {"actions": ["*"]}, YES),
    ("all but the keys", {"actions": ["*"], "notActions": [
        "Microsoft.Storage/storageAccounts/*/action"]}, NO),
    ("account signatures", {"actions": ["Microsoft.Storage/storageAccounts/listAccountSas/action"]},
     YES),
    ("other actions", {"actions": ["Microsoft.Compute/*"]}, NO),
]  # fmt: skip


@pytest.mark.parametrize(("lists", "expected"), [c[1:] for c in CUSTOM],
                         ids=[c[0] for c in CUSTOM])  # fmt: skip
def test_role_definitions(lists: dict[str, Any], expected: Decision, tmp_path: Path) -> None:
    files = {
        "roles.json": [assigned("peek")], "account.json": [account()],
        "definitions.json": [definition(**lists)],
    }  # fmt: skip
    assert answer(world(tmp_path, files)) is expected


@pytest.mark.parametrize(
    ("allowed", "level", "expected"),
    [
        (True, "blob", YES), (True, "container", YES), (True, None, NO), (True, "None", NO),
        (None, "blob", YES), (False, "blob", NO), (False, "container", NO),
    ],
)  # fmt: skip
def test_open_containers(
    allowed: bool | None, level: str | None, expected: Decision, tmp_path: Path
) -> None:
    told = account(allowBlobPublicAccess=allowed)
    data_plane = [{"name": "raw", "properties": {"publicAccess": level}}]
    files = {"accounts.json": [told], "shop/containers.json": data_plane}
    assert answer(world(tmp_path / "1", files), "anybody") is expected
    arm = [{"id": CONTAINER, "name": "raw", "publicAccess": level}]
    assert (
        answer(world(tmp_path / "2", files | {"shop/containers.json": arm}), "anybody") is expected
    )
    if expected is YES:
        rows = world(tmp_path / "3", {"shop/containers.json": data_plane})
        assert answer(rows, "anybody") is COND
    assert answer(world(tmp_path / "4", files), "anybody", BLOB.replace("raw", "hr")) is NO


def deny(**more: Any) -> dict[str, Any]:
    data = {"actions": [], "dataActions": [READ_ACTION], "notActions": [], "notDataActions": []}
    return {
        "denyAssignmentName": "guard", "scope": GROUP, "permissions": [data],
        "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
        "excludePrincipals": [],
    } | more  # fmt: skip


ALL_ACTIONS = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}
ONLY_BEN = {"principals": [{"id": BEN_ID, "type": "User"}]}
SPARING = {"excludePrincipals": [{"id": ANN_ID.upper(), "type": "User"}]}


@pytest.mark.parametrize(
    ("role", "denied", "expected"),
    [
        (READER, deny(), NO),
        (READER, deny(**ONLY_BEN), YES),
        (READER, deny(**SPARING), YES),
        (READER, deny(scope=ELSEWHERE), YES),
        (READER, deny(permissions=[ALL_ACTIONS]), YES),
        ("Owner", deny(), YES),  # with a key nobody asks who reads
        ("Owner", deny(permissions=[ALL_ACTIONS]), NO),
    ],
)
def test_deny_assignments(
    role: str, denied: dict[str, Any], expected: Decision, tmp_path: Path
) -> None:
    files = {"roles.json": [assigned(role)], "a.json": [account()], "deny.json": [denied]}
    assert answer(world(tmp_path / "1", files)) is expected
    rest = {"value": [{"id": "x", "properties": denied}]}
    assert answer(world(tmp_path / "2", files | {"deny.json": rest})) is expected


def test_forms_of_powershell_and_rest(tmp_path: Path) -> None:
    shell = {
        "RoleAssignmentName": "x", "Scope": ACCOUNT, "DisplayName": "Ann", "SignInName": ANN,
        "RoleDefinitionName": READER, "RoleDefinitionId": "x", "ObjectId": ANN_ID,
        "ObjectType": "User",
    }  # fmt: skip
    assert answer(world(tmp_path / "1", {"r.json": [shell]})) is YES
    inner = {"roleDefinitionId": "/x/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "scope": ACCOUNT}
    rest = {"value": [{"properties": inner | {"principalId": ANN_ID, "principalType": "User"}}]}
    assert answer(world(tmp_path / "2", {"r.json": rest}), ANN_ID) is YES


def test_services_go_by_their_object_id_and_roles_by_their_dates(tmp_path: Path) -> None:
    until = {"startDateTime": "2026-02-01T00:00:00Z", "endDateTime": "2026-03-01T00:00:00Z"}
    app = assigned(READER, principalType="ServicePrincipal", principalName="http://app", **until)
    rows = world(tmp_path, {"r.json": [app]})
    assert answer(rows, ANN_ID) is YES
    assert rows[0].principal_type == "service"
    assert decide(rows, {ANN_ID}, BLOB, datetime(2026, 2, 1, tzinfo=UTC)) is YES
    assert decide(rows, {ANN_ID}, BLOB, datetime(2026, 3, 1, tzinfo=UTC)) is NO


def test_without_the_account_what_is_not_known_is_conditional(tmp_path: Path) -> None:
    assert answer(world(tmp_path / "1", {"r.json": [assigned("Owner")]})) is COND
    assert answer(world(tmp_path / "2", {"r.json": [assigned(READER)]})) is YES
    assert answer(world(tmp_path / "3", {"r.json": [assigned(READER, SUB)]})) is COND


def test_a_list_without_its_last_page(tmp_path: Path) -> None:
    first = {"value": [assigned(READER)], "nextLink": "https://x"}
    _, log = read(tmp_path, {"1.json": first})
    assert [p.code for p in log.problems] == ["grants.azure_truncated"]
    assert answer(world(tmp_path, {"2.json": {"value": [assigned("Reader")]}})) is YES


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    odd = [assigned("Sekret role"), {"roleDefinitionId": "x", "scope": 7}]
    rows, log = read(tmp_path, {"r.json": odd, "x.json": [{"a": "Sekret"}]})
    assert answer(rows) is COND
    assert sorted(p.code for p in log.problems) == [
        "grants.assignment", "grants.missing_role", "grants.not_azure",
    ]  # fmt: skip
    assert all(p.hint for p in log.problems)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
    max_leaves=6,
)
KEYS = ("value", "properties", "roleDefinitionId", "scope", "principalId", "denyAssignmentName",
        "permissions", "principals", "roleName", "id", "name", "publicAccess", "children",
        "primaryEndpoints", "condition")  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
def test_any_shape_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("odd") / "x.json"
    path.write_text(json.dumps(raw))
    try:
        list(plugin.read(GrantExport(path, {"account": "shop"}), UnitLog()))
    except LeakgateError as error:
        assert error.hint
