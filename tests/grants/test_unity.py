"""Unity Catalog: the three forms, inheritance, what is needed above a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from effective import decide, employee

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.grants import GrantExport
from scanner.grants.unity import plugin
from scanner.model import Decision, Grant

TABLE = "unity://prod/raw/sessions"
YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO


def shown(*rows: tuple[str, str, str, str]) -> str:
    return "Principal,ActionType,ObjectType,ObjectKey\n" + "".join(",".join(r) + "\n" for r in rows)


USES = (
    ("analysts", "USE CATALOG", "CATALOG", "prod"),
    ("analysts", "USE SCHEMA", "SCHEMA", "prod.raw"),
)


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    columns = ("Principal", "ActionType", "ObjectType", "ObjectKey")
    rows = (*USES, ("analysts", "SELECT", "TABLE", "`prod`.`raw`.`sessions`"))
    path.write_text(json.dumps([dict(zip(columns, row, strict=True)) for row in rows]))


def read(folder: Path, **files: str) -> list[Grant]:
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}").write_text(text)
    log = UnitLog()
    found = list(plugin.read(GrantExport(folder), log))
    assert log.problems == []
    return found


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ((*USES, ("analysts", "SELECT", "TABLE", "prod.raw.sessions")), YES),
        ((*USES, ("analysts", "SELECT", "SCHEMA", "prod.raw")), YES),
        ((*USES, ("analysts", "SELECT", "CATALOG", "prod")), YES),
        ((*USES, ("analysts", "MODIFY", "TABLE", "prod.raw.sessions")), NO),
        ((*USES, ("analysts", "SELECT", "TABLE", "prod.raw.other")), NO),
        ((USES[0], ("analysts", "SELECT", "TABLE", "prod.raw.sessions")), MAYBE),
        ((USES[1], ("analysts", "SELECT", "TABLE", "prod.raw.sessions")), MAYBE),
        ((("analysts", "ALL PRIVILEGES", "CATALOG", "prod"),), YES),
        ((*USES, ("analysts", "ALL PRIVILEGES", "SCHEMA", "prod.raw")), YES),
        ((*USES, ("analysts", "READ VOLUME", "SCHEMA", "prod.raw")), NO),
        ((*USES, ("analysts", "MANAGE", "TABLE", "prod.raw.sessions")), NO),
        ((*USES, ("analysts", "BROWSE", "CATALOG", "prod")), NO),
        ((("analysts", "OWN", "TABLE", "prod.raw.sessions"),), MAYBE),
        ((("analysts", "ALL PRIVILEGES", "METASTORE", "aws:us-east-1:1"),), NO),
        ((("analysts", "OWN", "CATALOG", "prod"),), YES),
        (
            (
                ("account users", "USE CATALOG", "CATALOG", "prod"),
                ("account users", "USE SCHEMA", "CATALOG", "prod"),
                ("analysts", "SELECT", "TABLE", "prod.raw.sessions"),
            ),
            YES,
        ),
    ],
)
def test_show_grants(
    tmp_path: Path, rows: tuple[tuple[str, str, str, str], ...], answer: Decision
) -> None:
    assert decide(read(tmp_path, a__csv=shown(*rows)), employee("analysts"), TABLE) is answer


def test_all_staff_people_and_robots(tmp_path: Path) -> None:
    robot = "0d6e8c1e-0000-0000-0000-000000000000"
    people = ("account users", "ana@corp.example", robot)
    rows = read(tmp_path, a__csv=shown(*((p, "SELECT", "CATALOG", "prod") for p in people)))
    assert [g.principal_type for g in rows] == ["all_staff", "user", "service"]


def test_information_schema(tmp_path: Path) -> None:
    tables = "grantor,grantee,table_catalog,table_schema,table_name,privilege_type,is_grantable,"
    tables += "inherited_from\nx,analysts,prod,raw,sessions,SELECT,YES,SCHEMA\n"
    catalogs = "grantee,catalog_name,privilege_type\nanalysts,prod,USE_CATALOG\n"
    schemas = "grantee,catalog_name,schema_name,privilege_type\nanalysts,prod,raw,USE_SCHEMA\n"
    rows = read(tmp_path, t__csv=tables, c__csv=catalogs, s__csv=schemas)
    assert decide(rows, employee("analysts"), TABLE) is YES
    found = next(g for g in rows if g.decision is YES)
    assert found.via == "SELECT on table, inherited from schema" and "OPTION" in found.privilege


def test_answers_of_the_api(tmp_path: Path) -> None:
    held = [
        {"privilege": "SELECT", "inherited_from_type": "CATALOG", "inherited_from_name": "prod"}
    ]
    table = json.dumps({"privilege_assignments": [{"principal": "analysts", "privileges": held}]})
    uses = {"principal": "analysts", "privileges": ["USE_CATALOG", "USE_SCHEMA"]}
    catalog = json.dumps({"privilege_assignments": [uses]})
    rows = read(
        tmp_path, **{"table__prod__raw__sessions__json": table, "catalog__prod__json": catalog}
    )
    assert decide(rows, employee("analysts"), TABLE) is YES
    above = [("USE_CATALOG", "CATALOG", "prod"), ("USE_SCHEMA", "SCHEMA", "prod.raw")]
    keys = ("privilege", "inherited_from_type", "inherited_from_name")
    held = [dict(zip(keys, row, strict=True)) for row in above] + [{"privilege": "SELECT"}]
    alone = json.dumps({"privilege_assignments": [{"principal": "bob", "privileges": held}]})
    rows = read(tmp_path, table__prod__raw__sessions__json=alone)
    assert decide(rows, employee("bob"), TABLE) is YES
    path = tmp_path / "unnamed.json"
    path.write_text(table)
    with pytest.raises(UnreadableError):
        list(plugin.read(GrantExport(path), UnitLog()))
