"""Lake Formation: rights on tables, columns, filters and tags, and where the data lies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from effective import ANY_EMPLOYEE, decide, employee

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.grants import GrantExport
from scanner.grants.lake_formation import plugin
from scanner.model import Decision, Grant

NO, COND, YES = Decision.NO, Decision.CONDITIONAL, Decision.YES
OURS = "111122223333"
ANA = f"arn:aws:iam::{OURS}:user/ana"
TABLE = f"glue://{OURS}/telemetry/events"
OF_TABLE = {"CatalogId": OURS, "DatabaseName": "telemetry", "Name": "events"}


def entry(*permissions: str, who: str = ANA, grant: Any = (), **resource: Any) -> dict[str, Any]:
    return {
        "Principal": {"DataLakePrincipalIdentifier": who},
        "Resource": resource or {"Table": OF_TABLE},
        "Permissions": list(permissions),
        "PermissionsWithGrantOption": list(grant),
        "LastUpdated": "2026-10-01T08:00:00.123000+00:00",
    }


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    entries = [entry("SELECT", "DESCRIBE"), entry("ALL", who=OURS)]
    path.write_text(json.dumps({"PrincipalResourcePermissions": entries}, indent=2))


def rows_of(folder: Path, *entries: Any, **files: Any) -> list[Grant]:
    files["permissions"] = {"PrincipalResourcePermissions": list(entries)}
    for name, found in files.items():
        (folder / f"{name}.json").write_text(json.dumps(found))
    log = UnitLog()
    rows = list(plugin.read(GrantExport(folder, {"account": OURS}), log))
    assert log.problems == []
    return rows


SOME = {"TableWithColumns": OF_TABLE | {"ColumnNames": ["day"]}}
ALL_BUT = {"TableWithColumns": OF_TABLE | {"ColumnWildcard": {"ExcludedColumnNames": ["text"]}}}
EVERY = {"TableWithColumns": OF_TABLE | {"ColumnWildcard": {}}}
WILD = {"Table": {"CatalogId": OURS, "DatabaseName": "telemetry", "TableWildcard": {}}}
OTHER = {"Table": OF_TABLE | {"DatabaseName": "hr"}}
CELLS = {"DataCellsFilter": {"TableCatalogId": OURS, "DatabaseName": "telemetry",
                             "TableName": "events", "Name": "uk"}}  # fmt: skip
TAGS = {"LFTagPolicy": {"CatalogId": OURS, "ResourceType": "TABLE",
                        "Expression": [{"TagKey": "class", "TagValues": ["open"]}]}}  # fmt: skip
CASES = [
    ("select", entry("SELECT"), YES),
    ("all", entry("ALL"), YES),
    ("describe", entry("DESCRIBE"), NO),
    ("writing", entry("INSERT", "DELETE"), NO),
    ("every table", entry("SELECT", **WILD), YES),
    ("another database", entry("SELECT", **OTHER), NO),
    ("every column", entry("SELECT", **EVERY), YES),
    ("some columns", entry("SELECT", **SOME), COND),
    ("all but a column", entry("SELECT", **ALL_BUT), COND),
    ("a cell filter", entry("SELECT", **CELLS), COND),
    ("by tags", entry("SELECT", **TAGS), COND),
    ("a condition", entry("SELECT") | {"Condition": {"Expression": "x"}}, COND),
    ("the database", entry("ALL", Database={"CatalogId": OURS, "Name": "telemetry"}), NO),
    ("the catalog", entry("ALL", Catalog={}), NO),
    ("a location", entry("DATA_LOCATION_ACCESS",
                         DataLocation={"ResourceArn": "arn:aws:s3:::shards"}), NO),
    ("another user", entry("SELECT", who=ANA + "x"), NO),
]  # fmt: skip


@pytest.mark.parametrize(("one", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_worked_cases(one: dict[str, Any], expected: Decision, tmp_path: Path) -> None:
    assert decide(rows_of(tmp_path, one), employee(ANA), TABLE) is expected


def test_what_iam_alone_decides(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, entry("ALL", who="IAM_ALLOWED_PRINCIPALS"))
    assert decide(rows, ANY_EMPLOYEE, TABLE) is COND


@pytest.mark.parametrize(
    ("name", "principal", "kind"),
    [
        ("444455556666", "444455556666", "account"),
        ("444455556666:IAMPrincipals", "444455556666", "account"),
        (f"arn:aws:iam::{OURS}:saml-provider/okta:group/all", None, "group"),
        ("arn:aws:identitystore:::user/9067-a", None, "user"),
        ("arn:aws:organizations::1:organization/o-1", None, "account"),
    ],
)
def test_principals(name: str, principal: str | None, kind: str, tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, entry("SELECT", who=name))
    assert (row.principal, row.principal_type, row.decision) == (principal or name, kind, YES)


def test_the_data_of_a_table_is_read_through_it(tmp_path: Path) -> None:
    place = {"Location": "s3a://shards/raw/events"}
    tables = {
        "TableList": [
            {"DatabaseName": "telemetry", "Name": "events", "StorageDescriptor": place},
            {"DatabaseName": "telemetry", "Name": "view"},
        ]
    }
    rows = rows_of(tmp_path, entry("SELECT"), tables=tables)
    assert decide(rows, employee(ANA), "s3://shards/raw/events/day=1/a.parquet") is YES
    assert decide(rows, employee(ANA), "s3://shards/raw/other/a.parquet") is NO


def test_rights_that_may_be_passed_on_and_administrators(tmp_path: Path) -> None:
    settings = {"DataLakeSettings": {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": ANA}]}}
    rows = rows_of(tmp_path, entry("SELECT", grant=["SELECT"], who=OURS), settings=settings)
    assert [(r.privilege, r.access_level) for r in rows] == [
        ("ALL", "admin"),
        ("SELECT WITH GRANT OPTION", "read"),
    ]


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    odd: list[Any] = [entry("SELECT"), {"Principal": "Sekret"}, entry("SELECT") | {"Resource": {}}]
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"PrincipalResourcePermissions": odd, "NextToken": "Sekret"}))
    log = UnitLog()
    assert len(list(plugin.read(GrantExport(path), log))) == 1
    assert sorted(p.code for p in log.problems) == [
        "grants.entry",
        "grants.entry",
        "grants.truncated",
    ]
    assert log.failed_records == 2 and "Sekret" not in str(log.problems)
    path.write_text("[]")
    with pytest.raises(UnreadableError):
        list(plugin.read(GrantExport(path), UnitLog()))
