"""Apache Ranger: items and exceptions, denies, schedules, masks, roles, paths."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from effective import decide, employee

from scanner.batch import UnitLog
from scanner.grants import GrantExport
from scanner.grants.ranger import plugin
from scanner.model import Decision, Grant

YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO
TABLE = "hive://raw/sessions"


def values(*names: str, **more: Any) -> dict[str, Any]:
    return {"values": list(names), "isExcludes": False, "isRecursive": False} | more


def item(*accesses: str, **parts: Any) -> dict[str, Any]:
    listed = [{"type": kind, "isAllowed": True} for kind in accesses or ("select",)]
    return {"accesses": listed, "users": [], "groups": [], "roles": [], "conditions": [],
            "delegateAdmin": False} | parts  # fmt: skip


def policy(**parts: Any) -> dict[str, Any]:
    """A policy of Hive as Ranger exports it, with some parts replaced."""
    return {
        "id": 7,
        "isEnabled": True,
        "service": "cm_hive",
        "name": "raw",
        "policyType": 0,
        "resources": {
            "database": values("raw"),
            "table": values("sessions"),
            "column": values("*"),
        },
        "policyItems": [item(groups=["analysts"])],
        "denyPolicyItems": [],
        "allowExceptions": [],
        "denyExceptions": [],
        "serviceType": "hive",
    } | parts


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(json.dumps({"metaDataInfo": {"Host name": "r"}, "policies": [policy()]}))


def read(folder: Path, *policies: dict[str, Any], **more: Any) -> list[Grant]:
    path = folder / "policies.json"
    path.write_text(json.dumps({"policies": policies} | more))
    log = UnitLog()
    found = list(plugin.read(GrantExport(path), log))
    assert log.problems == []
    return found


@pytest.mark.parametrize(
    ("parts", "caller", "answer"),
    [
        ({}, ("analysts",), YES),
        ({}, ("interns",), NO),
        ({"isEnabled": False}, ("analysts",), NO),
        ({"policyItems": [item("update", groups=["analysts"])]}, ("analysts",), NO),
        ({"policyItems": [item(groups=["public"])]}, ("bob",), YES),
        ({"allowExceptions": [item(users=["bob"])]}, ("analysts", "bob"), NO),
        ({"allowExceptions": [item(users=["bob"])]}, ("analysts", "ana"), YES),
        ({"denyPolicyItems": [item(users=["bob"])]}, ("analysts", "bob"), NO),
        (
            {
                "denyPolicyItems": [item(groups=["analysts"])],
                "denyExceptions": [item(users=["ana"])],
            },
            ("analysts", "ana"),
            YES,
        ),
        ({"policyItems": [item(groups=["analysts"], conditions=[{"type": "ip"}])]},
         ("analysts",), MAYBE),
        ({"resources": {"database": values("raw"), "table": values("*"), "column": values("id")}},
         ("analysts",), MAYBE),
        ({"resources": {"database": values("raw"), "table": values("other", isExcludes=True)}},
         ("analysts",), YES),
        ({"resources": {"database": values("raw"), "table": values("sessions", isExcludes=True)}},
         ("analysts",), NO),
        ({"resources": {"database": values("raw")}}, ("analysts",), YES),
        ({"dataMaskPolicyItems": [item(groups=["analysts"])]}, ("analysts",), MAYBE),
        ({"isDenyAllElse": True}, ("analysts",), YES),
        ({"allowExceptions": [item("update", groups=["analysts"])]}, ("analysts",), YES),
        ({"denyPolicyItems": [item("update", groups=["analysts"])]}, ("analysts",), YES),
        ({"denyPolicyItems": [item(groups=["public"])],
          "denyExceptions": [item(groups=["analysts"])]}, ("analysts",), YES),
        ({"policyItems": [item(groups=["public"])], "denyPolicyItems": [item(groups=["public"])],
          "denyExceptions": [item(groups=["analysts"])]}, ("zoe",), NO),
        ({"conditions": [{"type": "_expression", "values": ["x"]}]}, ("analysts",), MAYBE),
        ({"policyItems": [item(users=["{OWNER}"])]}, ("ana",), MAYBE),
        ({"resources": {"database": values("RAW"), "table": values("Ses?ions")}},
         ("analysts",), YES),
        ({"resources": {"database": values("raw"), "udf": values("*")}}, ("analysts",), NO),
        ({"resources": {"database": values("raw"), "table": values("s_${{USER.dept}}", "sess*")}},
         ("analysts",), MAYBE),
        ({"validitySchedules": [{"recurrences": [{"interval": {"hours": 1}}]}]},
         ("analysts",), MAYBE),
    ],
)  # fmt: skip
def test_policies(
    tmp_path: Path, parts: dict[str, Any], caller: tuple[str, ...], answer: Decision
) -> None:
    assert decide(read(tmp_path, policy(**parts)), employee(*caller), TABLE) is answer


def test_a_deny_of_another_policy(tmp_path: Path) -> None:
    deny = policy(name="no", policyItems=[], denyPolicyItems=[item(groups=["analysts"])])
    assert decide(read(tmp_path, policy(), deny), employee("analysts"), TABLE) is NO


def test_all_others_are_denied(tmp_path: Path) -> None:
    wide = policy(name="wide", resources={"database": values("*"), "table": values("*")},
                  policyItems=[item(groups=["interns"])])  # fmt: skip
    rows = read(tmp_path, policy(isDenyAllElse=True), wide)
    assert decide(rows, employee("interns"), TABLE) is NO
    assert decide(rows, employee("analysts"), TABLE) is YES
    assert decide(rows, employee("interns"), "hive://other/t") is YES


@pytest.mark.parametrize(
    ("resources", "asked", "answer"),
    [
        (policy()["resources"], TABLE, YES),
        ({"database": values("raw"), "table": values("*")}, TABLE, YES),
        ({"database": values("raw"), "table": values("sess*")}, "hive://raw/other", NO),
        ({"database": values("raw"), "table": values("other")}, TABLE, NO),
    ],
)
def test_priority_goes_before_a_deny(
    tmp_path: Path, resources: dict[str, Any], asked: str, answer: Decision
) -> None:
    deny = policy(name="no", policyItems=[], denyPolicyItems=[item(groups=["analysts"])],
                  resources={"database": values("raw"), "table": values("*")})  # fmt: skip
    first = policy(policyPriority=1, resources=resources, policyItems=[item(users=["ana"])])
    rows = read(tmp_path, first, deny)
    assert decide(rows, employee("analysts", "ana"), asked) is answer
    assert decide(rows, employee("analysts"), TABLE) is NO
    everybody = first | {"policyItems": [item(groups=["public"])]}
    rows = read(tmp_path, everybody, deny, policy())
    assert decide(rows, employee("analysts"), asked) is answer


def test_a_tag_is_on_some_tables(tmp_path: Path) -> None:
    tagged = policy(serviceType="tag", resources={"tag": values("PII")}, policyItems=[],
                    denyPolicyItems=[item("hive:select", groups=["analysts"])])  # fmt: skip
    rows = read(tmp_path, policy(), tagged)
    assert decide(rows, employee("analysts"), TABLE) is MAYBE
    assert any(row.condition == "for what is tagged PII" for row in rows)


def test_roles_reach_their_members(tmp_path: Path) -> None:
    roles = [
        {"name": "inner", "users": [{"name": "ana"}], "groups": [], "roles": []},
        {"name": "outer", "users": [], "groups": [], "roles": [{"name": "inner"}]},
    ]
    rows = read(tmp_path, policy(policyItems=[item(roles=["outer"])]), roles=roles)
    assert decide(rows, employee("ana"), TABLE) is YES
    assert "via role inner > role outer" in rows[-1].via


def test_schedules(tmp_path: Path) -> None:
    schedule = {"startTime": "2026/01/01 00:00:00", "endTime": "2026/02/01 00:00:00",
                "timeZone": "Europe/Berlin"}  # fmt: skip
    rows = read(tmp_path, policy(validitySchedules=[schedule]))
    inside, after = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert decide(rows, employee("analysts"), TABLE, inside) is YES
    assert decide(rows, employee("analysts"), TABLE, after) is NO
    assert rows[0].expiration_time == datetime(2026, 1, 31, 23, tzinfo=UTC)


def test_paths_of_hdfs(tmp_path: Path) -> None:
    paths = {"path": values("/data/raw", isRecursive=True)}
    found = policy(resources=paths, serviceType="hdfs", policyItems=[item("read", users=["ana"])])
    for path in ("hdfs:///data/raw", "hdfs:///data/raw/a/b"):
        assert decide(read(tmp_path, found), employee("ana"), path) is YES
    parts = {"bucket": values("b"), "key": values("*"), "volume": values("v")}
    ozone = policy(resources=parts, serviceType="ozone", policyItems=[item("read", users=["ana"])])
    assert decide(read(tmp_path, ozone), employee("ana"), "ranger://ozone/v/b/k") is YES


def test_a_broken_policy_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "policies.json"
    path.write_text(json.dumps({"policies": [{"name": "x", "policyItems": [1]}, policy()]}))
    log = UnitLog()
    assert list(plugin.read(GrantExport(path), log)) and log.failed_records == 1
