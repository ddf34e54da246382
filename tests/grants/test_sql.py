"""SQL scripts: every dialect's statements, what they leave standing, what is not understood."""

from __future__ import annotations

from pathlib import Path

import pytest
from effective import decide, employee
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import UsageError
from scanner.grants import GrantExport
from scanner.grants._sql_tokens import statements
from scanner.grants.sql import plugin
from scanner.model import Decision, Grant

STATEMENTS = Path(__file__).parent / "sql" / "statements.sql"
READS = STATEMENTS.with_name("reads.txt")
YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(
        "-- grants of the warehouse\n"
        "GRANT SELECT ON TABLE raw.sessions TO analyst;\n"
        "GRANT analyst TO ana, bob;\n"
        "REVOKE analyst FROM bob;\n"
    )


def read(folder: Path, script: str, **options: str) -> tuple[list[Grant], UnitLog]:
    path = folder / "grants.sql"
    path.write_text(script)
    log = UnitLog()
    return list(plugin.read(GrantExport(path, options), log)), log


def may(rows: list[Grant], who: str, resource: str) -> Decision:
    return decide(rows, employee(who), resource)


def test_statements_of_all_dialects_are_understood(tmp_path: Path) -> None:
    text = STATEMENTS.read_text()
    _, log = read(tmp_path, text)
    assert log.problems == []
    assert log.records == sum(1 for _ in statements(text)) == 232


@pytest.mark.parametrize(
    ("script", "who", "resource", "answer"),
    [
        ("GRANT SELECT ON raw.s TO ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO ana", "bob", "raw/s", NO),
        ("GRANT SELECT ON EXTERNAL TABLE raw.s TO IAM_ROLE 'arn:aws:iam::1:role/x'",
         "arn:aws:iam::1:role/x", "raw/s", YES),
        ("GRANT INSERT ON raw.s TO ana", "ana", "raw/s", NO),
        ("GRANT ALL ON raw.s TO ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO PUBLIC", "bob", "raw/s", YES),
        ("GRANT SELECT (id) ON raw.s TO ana", "ana", "raw/s", MAYBE),
        ("GRANT SELECT ON ALL TABLES IN SCHEMA raw TO ana", "ana", "raw/s", YES),
        ("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA raw TO ana", "ana", "raw/s", NO),
        ("GRANT SELECT ON FUTURE TABLES IN SCHEMA raw TO ana", "ana", "raw/s", MAYBE),
        ("GRANT SELECT ON SCHEMA raw TO ana", "ana", "raw/s", YES),
        ("GRANT USAGE ON SCHEMA raw TO ana", "ana", "raw/s", NO),
        ("GRANT ALL ON SCHEMA raw TO ana", "ana", "raw/s", MAYBE),
        ("GRANT SELECT ON raw.* TO 'ana'@'%'", "ana", "raw/s", YES),
        ("GRANT r TO ana; GRANT SELECT ON raw.s TO r", "ana", "raw/s", YES),
        ("GRANT r TO q; GRANT q TO ana; GRANT SELECT ON raw.s TO r", "ana", "raw/s", YES),
        ("GRANT r TO q; GRANT q TO r; GRANT SELECT ON raw.s TO r", "q", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO r; ALTER ROLE r ADD MEMBER ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO g; ALTER GROUP g ADD USER ana, bob", "bob", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO r; EXEC sp_addrolemember 'r', 'ana'", "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO r; CREATE ROLE ana LOGIN IN ROLE r", "ana", "raw/s", YES),
        ("EXEC sp_addrolemember N'db_datareader', N'ana'", "ana", "raw/s", YES),
        ("GRANT pg_read_all_data TO ana", "ana", "raw/s", YES),
        ("GRANT SELECT ANY TABLE TO ana", "ana", "raw/s", YES),
        ("ALTER TABLE raw.s OWNER TO ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO ana; REVOKE SELECT ON raw.s FROM ana", "ana", "raw/s", NO),
        ("GRANT ALL ON raw.s TO ana; REVOKE SELECT ON raw.s FROM ana", "ana", "raw/s", NO),
        ("GRANT SELECT ON raw.s TO ana; REVOKE ALL ON raw.s FROM ana", "ana", "raw/s", NO),
        ("GRANT SELECT ON raw.s TO ana; REVOKE INSERT ON raw.s FROM ana", "ana", "raw/s", YES),
        ("REVOKE SELECT ON raw.s FROM ana; GRANT SELECT ON raw.s TO ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.* TO ana; REVOKE SELECT ON raw.s FROM ana", "ana", "raw/s", NO),
        ("GRANT SELECT ON raw.* TO ana; REVOKE SELECT ON raw.s FROM ana", "ana", "raw/t", YES),
        ("GRANT SELECT ON raw.s TO ana; REVOKE ALL ON ALL TABLES IN SCHEMA raw FROM ana",
         "ana", "raw/s", NO),
        ("GRANT r TO ana; GRANT SELECT ON raw.s TO r; REVOKE r FROM ana", "ana", "raw/s", NO),
        ("GRANT SELECT ON raw.s TO ana; REVOKE GRANT OPTION FOR SELECT ON raw.s FROM ana",
         "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.s TO ana; DENY SELECT ON raw.s TO ana", "ana", "raw/s", NO),
        ("GRANT SELECT ON SCHEMA::raw TO r; GRANT r TO ana; DENY SELECT ON OBJECT::raw.s TO ana",
         "ana", "raw/s", NO),
        ("GRANT SELECT ON raw.s TO ana; DENY SELECT (id) ON raw.s TO ana", "ana", "raw/s", MAYBE),
        ("GRANT SELECT ON raw.s TO ana\nGO\nDENY SELECT ON raw.s TO ana\nGO", "ana", "raw/s", NO),
        ("GRANT SELECT ON raw.s TO ana\nGRANT SELECT ON raw.t TO bob", "bob", "raw/t", YES),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA raw GRANT SELECT ON TABLES TO ana",
         "ana", "raw/s", MAYBE),
        ("GRANT `roles/bigquery.dataViewer` ON TABLE raw.s TO 'user:ana'", "ana", "raw/s", YES),
        ("GRANT `roles/bigquery.jobUser` ON TABLE raw.s TO 'user:ana'", "ana", "raw/s", NO),
        ("GRANT SELECT ON TABLE raw.s TO `account users`", "bob", "raw/s", YES),
        ("GRANT SELECT TO ana", "ana", "raw/s", YES),  # SQL Server: in the whole database
        ("GRANT ALL PRIVILEGES TO ana", "ana", "raw/s", MAYBE),
        ("GRANT SELECT ANY TABLE ON SCHEMA raw TO ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON ALL KEYSPACES TO ana", "ana", "raw/s", YES),
        ("GRANT SELECT_PRIV ON raw.s TO 'ana'@'%'", "ana", "raw/s", YES),
        ("GRANT SELECT ON ALL TABLES IN ALL DATABASES TO ROLE ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON TABLE IDENTIFIER('raw.s') TO ROLE ana", "ana", "raw/s", YES),
        ("GRANT SELECT ON raw.U&\"\\0073\" TO ana", "ana", "raw/s", YES),
        ("GRANT ALL ON ROUTINE raw.s(int) TO ana", "ana", "raw/s", NO),
        ("GRANT OWNERSHIP ON raw.s TO ana; REVOKE ALL ON raw.s FROM ana", "ana", "raw/s", YES),
    ],
)  # fmt: skip
def test_who_reads(tmp_path: Path, script: str, who: str, resource: str, answer: Decision) -> None:
    rows, log = read(tmp_path, script)
    assert log.problems == []
    assert may(rows, who, f"sql://{resource}") is answer


@pytest.mark.parametrize(
    ("dialect", "script", "resource"),
    [
        ("postgres", "GRANT SELECT ON Sessions TO ana", "postgres://public/sessions"),
        ("snowflake", "GRANT SELECT ON TABLE prod.raw.s TO ROLE ANA", "snowflake://PROD/RAW/S"),
        ("snowflake", 'USE prod; GRANT SELECT ON raw."s" TO ROLE ANA', "snowflake://PROD/RAW/s"),
        ("sqlserver", "GRANT SELECT ON Sessions TO ANA", "sqlserver://dbo/Sessions"),
        ("databricks", "GRANT ALL PRIVILEGES ON CATALOG prod TO ANA", "unity://prod/raw/s"),
    ],
)
def test_dialects(tmp_path: Path, dialect: str, script: str, resource: str) -> None:
    rows, _ = read(tmp_path, script, dialect=dialect)
    assert {may(rows, "ana", resource), may(rows, "ANA", resource)} >= {YES}


@pytest.mark.parametrize("case", READS.read_text().splitlines()[1:])
def test_what_is_particular_to_a_dialect(tmp_path: Path, case: str) -> None:
    dialect, script, resource, answer = (part.strip() for part in case.split(" | "))
    rows, log = read(tmp_path, script.replace(r"\n", "\n"), dialect=dialect)
    assert log.problems == []
    named = {may(rows, who, resource) for who in ("ana", "ANA")}
    assert max(named, key=lambda d: d.rank) is Decision(answer)


def test_options(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path, "GRANT SELECT ON s TO ana", dialect="postgres", resource="postgres://db1/prod"
    )
    assert rows[0].resource == "postgres://db1/prod/public/s" and rows[0].system == "postgres"
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "", dialect="posgres")
    assert "did you mean 'postgres'" in caught.value.hint


def test_rows_say_how(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "GRANT r TO ana;\nGRANT SELECT ON raw.s TO r WITH GRANT OPTION;")
    assert [(g.principal, g.via) for g in rows] == [
        ("r", "line 2: table"),
        ("ana", "line 2: table, via r"),
    ]
    assert "GRANT OPTION" in rows[0].privilege


@pytest.mark.parametrize(
    "script",
    [
        "GRANT SELECT ON raw.s",
        "GRANT SELECT ON a b TO c d e",
        "DO $$ BEGIN EXECUTE 'GRANT SELECT ON raw.s TO ana'; END $$;",
        "EXECUTE IMMEDIATE 'GRANT SELECT ON raw.s TO ana'",
        "CREATE PROCEDURE p AS BEGIN GRANT SELECT ON raw.s TO ana",
        "GRANT",
    ],
)
def test_what_is_not_understood_is_told_by_line(tmp_path: Path, script: str) -> None:
    rows, log = read(tmp_path, f"\n{script};\nGRANT SELECT ON raw.s TO bob;")
    assert [p.code for p in log.problems] == ["grants.statement"]
    assert log.problems[0].records == (2,) and may(rows, "bob", "sql://raw/s") is YES
    assert "raw.s" not in repr(log.problems)


def test_passwords_in_statements_go_nowhere(tmp_path: Path) -> None:
    script = "GRANT SELECT ON raw.s TO ana@localhost IDENTIFIED BY 'Sekret-9';"
    rows, log = read(tmp_path, script)
    assert rows and "Sekret" not in repr((rows, log))


@given(st.text(alphabet="GRANTSELCO nT.,*()'\"`;[]@$-/\n\\", max_size=60))
def test_any_text_is_rows_or_problems(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    read(tmp_path_factory.mktemp("sql"), f"GRANT {text}")


DUMP = r"""
SET statement_timeout = 0;
\connect prod
CREATE TABLE raw.s (id integer, note text DEFAULT 'x; y'::text);
ALTER TABLE raw.s OWNER TO owner;
COPY raw.s (id, note) FROM stdin;
1	GRANT SELECT ON raw.s TO mallory;
GRANT SELECT ON raw.s TO mallory;
2	it's "odd
\.
REVOKE ALL ON TABLE raw.s FROM owner;
GRANT ALL ON TABLE raw.s TO owner;
GRANT SELECT ON TABLE raw.s TO readers;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA raw REVOKE ALL ON TABLES  FROM owner;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA raw GRANT SELECT ON TABLES  TO newbie;
\connect -reuse-previous=on "Other"
GRANT SELECT ON TABLE raw.s TO others;
"""


def test_dumps_with_their_rows(tmp_path: Path) -> None:
    rows, log = read(tmp_path, DUMP, dialect="postgres")
    assert log.problems == []
    names = ("readers", "owner", "newbie", "mallory", "others")
    told = [may(rows, who, "postgres://prod/raw/s") for who in names]
    assert told == [YES, YES, MAYBE, NO, NO]
    assert may(rows, "others", "postgres://Other/raw/s") is YES
    assert rows[-1].via == "line 17: table"


@pytest.mark.parametrize("quote", ["'it", "$$ begin", "$x$ begin"])
def test_a_quote_that_is_not_closed_is_told(tmp_path: Path, quote: str) -> None:
    _, log = read(tmp_path, f"GRANT a TO b;\nSELECT {quote}\nGRANT SELECT ON t TO ana;\n")
    assert [p.records for p in log.problems] == [(2,)]
