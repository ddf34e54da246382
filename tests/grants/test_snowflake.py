"""Snowflake: roles over roles, what is needed above a table, futures, shares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from effective import decide, employee

from scanner.batch import UnitLog
from scanner.grants import GrantExport
from scanner.grants.snowflake import plugin
from scanner.model import Decision, Grant

SHOW = "created_on,privilege,granted_on,name,granted_to,grantee_name,grant_option,granted_by\n"
AT = "2026-10-01 10:20:30.123 -0700"
TABLE = "snowflake://PROD/RAW/SESSIONS"
YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO
Row = tuple[str, str, str, str, str]


def shown(*rows: tuple[str, str, str, str, str]) -> str:
    return SHOW + "".join(f"{AT},{','.join(row)},false,SYSADMIN\n" for row in rows)


READABLE = (
    ("USAGE", "DATABASE", "PROD", "ROLE", "READER"),
    ("USAGE", "SCHEMA", "PROD.RAW", "ROLE", "READER"),
    ("SELECT", "TABLE", "PROD.RAW.SESSIONS", "ROLE", "READER"),
)
USERS = "created_on,deleted_on,role,granted_to,grantee_name,granted_by\n"


def read(folder: Path, **files: str) -> list[Grant]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    log = UnitLog()
    found = list(plugin.read(GrantExport(folder), log))
    assert log.problems == []
    return found


def test_users_read_through_roles_over_roles(tmp_path: Path) -> None:
    roles = shown(*READABLE, ("USAGE", "ROLE", "READER", "ROLE", "ANALYST"))
    users = USERS + f"{AT},,ANALYST,USER,ANA,X\n{AT},{AT},ANALYST,USER,BOB,X\n"
    rows = read(tmp_path, roles=roles, users=users)
    assert decide(rows, employee("ANA"), TABLE) is Decision.YES
    assert decide(rows, employee("BOB"), TABLE) is Decision.NO
    ana = next(g for g in rows if g.principal == "ANA")
    assert ana.via == "SELECT on table, via ANALYST > READER" and ana.principal_type == "user"
    assert ana.granted_time is not None and ana.granted_time.hour == 17


def test_without_usage_it_depends(tmp_path: Path) -> None:
    rows = read(tmp_path, roles=shown(READABLE[0], READABLE[2]))
    assert decide(rows, employee("READER"), TABLE) is Decision.CONDITIONAL
    assert rows[0].condition == "with a privilege on PROD.RAW"


def test_a_database_that_may_be_imported(tmp_path: Path) -> None:
    vendor = ("USAGE", "DATABASE", "VENDOR", "ROLE", "READER")
    users = USERS + f"{AT},,READER,USER,ANA,X\n"
    rows = read(tmp_path, roles=shown(*READABLE, vendor), users=users)
    assert decide(rows, employee("ANA"), "snowflake://VENDOR/S/T") is Decision.CONDITIONAL
    assert decide(rows, employee("ANA"), "snowflake://PROD/RAW/OTHER") is Decision.NO


def test_public_shares_and_owners(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        roles=shown(
            ("USAGE", "DATABASE", "PROD", "ROLE", "PUBLIC"),
            ("USAGE", "SCHEMA", "PROD.RAW", "ROLE", "PUBLIC"),
            ("SELECT", "VIEW", "PROD.RAW.V", "ROLE", "PUBLIC"),
            ("OWNERSHIP", "TABLE", "PROD.RAW.SESSIONS", "ROLE", "BOSS"),
            ("SELECT", "TABLE", "PROD.RAW.SESSIONS", "SHARE", "PARTNER"),
            ("INSERT", "TABLE", "PROD.RAW.SESSIONS", "ROLE", "ETL"),
        ),
    )
    assert decide(rows, employee("X"), "snowflake://PROD/RAW/V") is Decision.YES
    assert decide(rows, employee("BOSS"), TABLE) is Decision.YES
    assert decide(rows, employee("ETL"), TABLE) is Decision.NO
    assert {g.principal: g.principal_type for g in rows}["PARTNER"] == "account"


def test_future_grants_and_the_account_usage_view(tmp_path: Path) -> None:
    future = "created_on,privilege,grant_on,name,grant_to,grantee_name,grant_option\n"
    future += f"{AT},SELECT,TABLE,PROD.RAW.<TABLE>,ROLE,READER,false\n"
    view = (
        "CREATED_ON,MODIFIED_ON,PRIVILEGE,GRANTED_ON,NAME,TABLE_CATALOG,TABLE_SCHEMA,GRANTED_TO,"
        "GRANTEE_NAME,GRANT_OPTION,GRANTED_BY,DELETED_ON\n"
        f"{AT},{AT},USAGE,DATABASE,PROD,,,ROLE,READER,false,X,\n"
        f"{AT},{AT},USAGE,SCHEMA,RAW,PROD,,ROLE,READER,false,X,\n"
        f"{AT},{AT},SELECT,TABLE,Odd.Name,PROD,RAW,ROLE,READER,true,X,\n"
    )
    rows = read(tmp_path, future=future, view=view)
    assert decide(rows, employee("READER"), TABLE) is Decision.CONDITIONAL
    assert decide(rows, employee("READER"), "snowflake://PROD/RAW/Odd.Name") is Decision.YES
    assert any("GRANT OPTION" in g.privilege for g in rows)


@pytest.mark.parametrize(
    ("rows", "who", "answer"),
    [
        ((*READABLE, ("USAGE", "ROLE", "READER", "USER", "ANA")), "ANA", YES),
        ((*READABLE, ("USAGE", "ROLE", "OTHER", "USER", "READER")), "READER user", NO),
        ((*READABLE[:2], (*READABLE[2][:3], "ROLE", "TOP"), ("USAGE", "ROLE", "READER", "ROLE",
          "TOP")), "TOP", YES),
        ((*READABLE[:2], (*READABLE[2][:3], "ROLE", "SECOND"), *(("USAGE", "ROLE", r, "USER",
          "ANA") for r in ("READER", "SECOND"))), "ANA", YES),
        ((*READABLE[:2], (*READABLE[2][:3], "USER", "ANA"), ("USAGE", "ROLE", "READER", "USER",
          "ANA")), "ANA", YES),
        ((*((p, o, n, "DATABASE_ROLE", "PROD.R") for p, o, n, _, _ in READABLE),
          ("USAGE", "DATABASE_ROLE", "PROD.R", "ROLE", "TOP")), "TOP", YES),
        ((*((p, o, n, "DATABASE_ROLE", "R") for p, o, n, _, _ in READABLE),
          ("USAGE", "DATABASE_ROLE", "PROD.R", "ROLE", "TOP")), "TOP", YES),
        ((*((p, o, n, "DATABASE_ROLE", "R") for p, o, n, _, _ in READABLE),
          ("USAGE", "DATABASE_ROLE", "TEST.R", "ROLE", "TOP")), "TOP", NO),
        ((("OWNERSHIP", "DATABASE", "PROD", "ROLE", "BOSS"),), "BOSS", NO),
        ((("OWNERSHIP", "TABLE", "PROD.RAW.SESSIONS", "ROLE", "BOSS"),), "BOSS", MAYBE),
        ((*READABLE, ("REFERENCES", "TABLE", "PROD.RAW.SESSIONS", "ROLE", "LIST")), "LIST", NO),
        ((("MANAGE GRANTS", "ACCOUNT", "X", "ROLE", "SECURITYADMIN"),), "SECURITYADMIN", NO),
    ],
)  # fmt: skip
def test_who_reads(tmp_path: Path, rows: tuple[Row, ...], who: str, answer: Decision) -> None:
    found = read(tmp_path, roles=shown(*rows))
    name, _, kind = who.partition(" ")
    found = [g for g in found if not kind or g.principal_type == kind]
    assert decide(found, employee(name), TABLE) is answer


def test_whom_a_share_is_with(tmp_path: Path) -> None:
    of = f"created_on,share,granted_to,grantee_name,granted_by\n{AT},ORG.A.SALES,ACCOUNT,ORG.B,\n"
    rows = read(tmp_path, of=of, show=shown(("SELECT", "TABLE", "PROD.RAW.SESSIONS", "SHARE",
                                             "ORG.A.SALES")))  # fmt: skip
    assert decide(rows, employee("ORG.B"), TABLE) is YES
    assert {g.principal_type for g in rows} == {"account"}


def test_answers_of_several_queries_in_one_file(tmp_path: Path) -> None:
    columns = SHOW.strip().split(",")[:6]
    listed = [[dict(zip(columns, (AT, *row), strict=True))] for row in READABLE]
    path = tmp_path / "show.json"
    path.write_text(json.dumps(listed))
    rows = list(plugin.read(GrantExport(path), UnitLog()))
    assert decide(rows, employee("READER"), TABLE) is YES


def test_other_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(shown(*READABLE, ("", "", "", "", "")))
    log = UnitLog()
    assert list(plugin.read(GrantExport(path), log)) and log.failed_records == 1


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(shown(*READABLE))
