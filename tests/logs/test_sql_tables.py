"""Which tables a statement reads."""

from __future__ import annotations

import pytest

from scanner.logs._sql_tables import read_by


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("select * from sessions", ["sessions"]),
        ("SELECT a FROM r.sessions s JOIN hr.people p ON p.id = s.id", ["r.sessions", "hr.people"]),
        ('select * from "Raw"."My Table"', ["Raw.My Table"]),
        ("select * from a, b x, c as y where d = 1", ["a", "b", "c"]),
        ("with t as (select * from raw) select * from t", ["raw"]),
        ("with t (x) as (select 1), u as (select * from v) select * from t, u", ["v"]),
        ("select 'from nowhere' -- from here\n from /* from x */ there", ["there"]),
        ("select extract(day from ts), a is distinct from b from t", ["t"]),
        ("delete from t where id in (select id from s)", ["s"]),
        ("insert into t select * from s", ["s"]),
        ("create table t as select * from s", ["s"]),
        ("create temp table t as select * from s", ["s"]),
        ("merge into t using s on s.id = t.id", ["s"]),
        ("select * from t join s using (id)", ["t", "s"]),
        ("copy raw.sessions to '/tmp/x.csv'", ["raw.sessions"]),
        ("copy raw.sessions (a, b) from stdin", []),
        ("copy into t from @stage", []),
        ("copy into @~/x from raw.sessions", ["raw.sessions"]),
        ("copy (select * from s) to stdout", ["s"]),
        ("select * from generate_series(1, 3) g, t", ["t"]),
        ("select * from `proj.data.t`", ["proj.data.t"]),
        ("truncate table t", []),
        ("grant select on table t to bob", []),
        ("table t", ["t"]),
        ("", []),
    ],
)  # fmt: skip
def test_tables_read(statement: str, tables: list[str]) -> None:
    assert [".".join(parts) for parts in read_by(statement)] == tables
