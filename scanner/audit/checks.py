"""Access checks as data: one SQL file is one check, and a new file is a new check.

A file starts with a header of comments, `-- key: text`, continued by indented comments:
`id` (the file's name), `title`, `severity`, `definition`, `needs` (which of `NEEDS` must be
there), `remediation`; `tags` and `references` if wanted.  Below stands one SELECT over the
views of `scanner.audit.views`; each row is a violation.  Its columns, `resource` (or `rid`, the
number that the views give it, where rows are many) and any of:

- `scope`: what the rows are gathered by into one incident (else the store)
- `principal`, `via`, `at` (a time), `count`: who, by which way, when first, how often
- `decision`: 'conditional' for a row that holds under a condition only.  Such rows alone do
  not violate the check; they leave it unknown.
- `severity`: of this row, instead of the header's

A check is ok only when it found nothing and could have: what it needs was given, grants
are known for every object it speaks about, logs cover each of them from landing to now, and records
that say when, by whom or with what they were made say all that it asks of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scanner.errors import UsageError
from scanner.model import CheckResult, Confidence, Rule, Severity

if TYPE_CHECKING:
    import duckdb

NEEDS = {
    "findings": "findings or scanned inputs",
    "objects": "stored objects",
    "grants": "grants",
    "events": "access events or a statement of what was logged",
    "coverage": "a statement of what was logged",
    "principals": "a directory of principals",
    "memberships": "group memberships",
    "people": "records that say whom they are about",
    "captured": "records that say whom they are about",
    "used": "records that say with which application they were made",
    "applications": "governance.applications in the policy",
    "countries": "governance.countries in the policy",
    "purposes": "governance.purposes in the policy",
    "stores": "governance.stores in the policy",
    "training": "principals that train models, in the directory or the policy",
    "consents": "an export of pauses and exemptions (governance.consent)",
}
"""What a check may need, and how its absence is worded."""

_REQUIRED = ("id", "title", "severity", "definition", "needs", "remediation")
_OPTIONAL = ("tags", "references")
_COLUMNS = {
    "resource": "VARCHAR",
    "scope": "VARCHAR",
    "principal": "VARCHAR",
    "via": "VARCHAR",
    "decision": "VARCHAR",
    "severity": "VARCHAR",
    "at": "TIMESTAMPTZ",
    "count": "BIGINT",
}
RESOURCES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Check:
    """One check as its file states it."""

    rule: Rule
    needs: tuple[str, ...]
    sql: str
    path: Path


def load(rules_dirs: Sequence[str | Path]) -> list[Check]:
    """The checks of `access/*.sql` in these folders, by id.

    Raises UsageError for a broken file, or when two files have one id.
    """
    checks: dict[str, Check] = {}
    for folder in rules_dirs:
        for path in sorted(Path(folder).glob("access/*.sql")):
            check = read(path)
            if check.rule.id in checks:
                raise UsageError(
                    f"two checks are named {check.rule.id!r}",
                    f"{checks[check.rule.id].path} and {path}",
                    "rename one file and its id",
                )
            checks[check.rule.id] = check
    return [checks[name] for name in sorted(checks)]


def read(path: Path) -> Check:
    """One check file.  Raises UsageError naming the line or key that is wrong."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError("the check cannot be read", str(path), "save it as UTF-8 text") from None
    header, body = _split(path, lines)
    _complete(path, header)
    needs = tuple(n.strip() for n in header["needs"].split(",") if n.strip())
    for need in needs:
        if need not in NEEDS:
            raise UsageError(f"unknown need {need!r}", str(path), f"use {', '.join(NEEDS)}")
    return Check(_rule(header), needs, body, path)


def _texts(header: dict[str, str], key: str) -> tuple[str, ...]:
    """A comma-separated header entry."""
    return tuple(t.strip() for t in header.get(key, "").split(",") if t.strip())


def run(con: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> list[CheckResult]:
    """Run the checks, each into rows of the table `check_rows`; the results in their order.

    Raises UsageError when a check's SQL is not one SELECT or does not run.
    """
    con.execute(
        "CREATE TABLE check_rows (check_id VARCHAR, rid INTEGER, "
        + ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())
        + ")"
    )
    given, known = _given(con), _Gaps(con)
    return [_run(con, check, given, known) for check in checks]


def _split(path: Path, lines: list[str]) -> tuple[dict[str, str], str]:
    header: dict[str, str] = {}
    key, end = "", len(lines)
    for number, line in enumerate(lines):
        if not line.startswith("--"):
            end = number
            break
        entry = re.fullmatch(r"-- ([a-z]+): *(.*)", line)
        if entry:
            key = entry[1]
            _new_key(path, number, key, header)
            header[key] = entry[2].strip()
        elif key:
            header[key] = f"{header[key]} {line[2:].strip()}".strip()
    return header, "\n".join(lines[end:]).strip().rstrip(";")


def _new_key(path: Path, number: int, key: str, header: dict[str, str]) -> None:
    if key in header or key not in _REQUIRED + _OPTIONAL:
        what = "stands twice" if key in header else "is not one of a check's header"
        raise UsageError(
            f"the key {key!r} {what}", f"{path}:{number + 1}", f"use {', '.join(_REQUIRED)}"
        )


def _complete(path: Path, header: dict[str, str]) -> None:
    missing = [key for key in _REQUIRED if not header.get(key)]
    if missing:
        hint = f"add `-- {missing[0]}: ...` at the top"
        raise UsageError(f"the check has no {missing[0]}", str(path), hint)
    if header["id"] != path.stem:
        raise UsageError(
            f"the check's id is not {path.stem!r}", str(path), "name the file by the id"
        )
    if header["severity"] not in list(Severity):
        raise UsageError("unknown severity", str(path), f"use {', '.join(Severity)}")


def _rule(header: dict[str, str]) -> Rule:
    return Rule(
        header["id"],
        header["title"],
        "access",
        Severity(header["severity"]),
        Confidence.HIGH,
        header["definition"],
        header["remediation"],
        _texts(header, "tags"),
        _texts(header, "references"),
        "access",
    )


_GIVEN = """
WITH told AS (
  SELECT EXISTS (FROM capture WHERE person <> '') AS person,
    EXISTS (FROM capture WHERE application <> '') AS application,
    EXISTS (FROM inputs) AND NOT EXISTS (FROM findings) AND NOT EXISTS (FROM captures) AS nothing)
SELECT 'findings' AS need, EXISTS (FROM findings) OR EXISTS (FROM inputs) AS given
UNION ALL SELECT 'objects', EXISTS (FROM resources)
UNION ALL SELECT 'grants', EXISTS (FROM grants)
UNION ALL SELECT 'events', EXISTS (FROM events) OR EXISTS (FROM coverage)
UNION ALL SELECT 'coverage', EXISTS (FROM events) OR EXISTS (FROM coverage)
UNION ALL SELECT 'principals', EXISTS (FROM principals)
UNION ALL SELECT 'memberships', EXISTS (FROM memberships)
UNION ALL SELECT 'people', EXISTS (FROM concerns) OR person OR nothing FROM told
UNION ALL SELECT 'captured', person OR nothing FROM told
UNION ALL SELECT 'used', application OR nothing FROM told
UNION ALL SELECT 'applications', EXISTS (FROM allowed WHERE kind = 'application')
UNION ALL SELECT 'countries', EXISTS (FROM allowed WHERE kind = 'country')
UNION ALL SELECT 'purposes', EXISTS (FROM allowed WHERE kind = 'purpose')
UNION ALL SELECT 'stores', EXISTS (FROM store_rule)
UNION ALL SELECT 'training', EXISTS (FROM trait WHERE training)
UNION ALL SELECT 'consents', EXISTS (FROM consents)
"""


def _given(con: duckdb.DuckDBPyConnection) -> dict[str, bool]:
    return dict(con.execute(_GIVEN).fetchall())


def _run(
    con: duckdb.DuckDBPyConnection, check: Check, given: dict[str, bool], known: _Gaps
) -> CheckResult:
    missing = [need for need in check.needs if not given[need]]
    if missing:
        return _result(check, "unknown", note=f"needs {' and '.join(NEEDS[n] for n in missing)}")
    _execute(con, check)
    (certain, resources), (maybe, others) = _violations(con, check)
    if certain:
        return _result(check, "violated", certain, resources, _gaps(known, check))
    if maybe:
        note = f"{maybe} resources, under conditions that cannot be decided here"
        return _result(check, "unknown", 0, others, note)
    gaps = _gaps(known, check)
    return _result(check, "unknown" if gaps else "ok", note=gaps)


def _result(
    check: Check,
    state: Literal["ok", "violated", "unknown"],
    count: int = 0,
    resources: tuple[str, ...] = (),
    note: str = "",
) -> CheckResult:
    rule = check.rule
    return CheckResult(
        rule.id, rule.name, rule.severity, state, count, resources, note, rule.remediation
    )


def _execute(con: duckdb.DuckDBPyConnection, check: Check) -> None:
    import duckdb

    where, hint = str(check.path), "the views are described in scanner.audit.views"
    try:
        statements = con.extract_statements(check.sql)
        if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
            raise UsageError("a check must be one SELECT", where, hint)
        con.execute(f"CREATE VIEW check_now AS {statements[0].query}")
        con.execute(_collect(con), [check.rule.id])
        con.execute("DROP VIEW check_now")
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise  # no fault of the check
    except duckdb.Error as error:
        raise UsageError(f"the check does not run: {reason(error)}", where, hint) from None


def reason(error: Exception) -> str:
    """DuckDB's words where they speak of the SQL; others may quote rows."""
    import duckdb

    if isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        return str(error).splitlines()[0]
    return type(error).__name__


def _collect(con: duckdb.DuckDBPyConnection) -> str:
    """The rows of `check_now`; a resource is named only where it has no number."""
    have = {row[0] for row in con.execute("DESCRIBE check_now").fetchall()}
    picked = {name: f'c."{name}"::{kind}' if name in have else f"NULL::{kind}"
              for name, kind in _COLUMNS.items()}  # fmt: skip
    rid, source = "c.rid", "check_now c"
    if "rid" not in have:
        rid, source = "r.rid", f"{source} LEFT JOIN resources r ON r.resource = c.resource"
        picked["resource"] = 'CASE WHEN r.rid IS NULL THEN c."resource"::VARCHAR END'
    return f"INSERT INTO check_rows SELECT ?, {rid}, {', '.join(picked.values())} FROM {source}"  # noqa: S608


def _violations(con: duckdb.DuckDBPyConnection, check: Check) -> list[tuple[int, tuple[str, ...]]]:
    """How many resources, and the first of them by name: certain ones, then conditional ones."""
    answers = []
    for certain in (True, False):
        rows = con.execute(_ROWS, [check.rule.id, certain]).fetchall()
        answers.append((rows[0][1] if rows else 0, tuple(row[0] for row in rows)))
    return answers


_ROWS = f"""
SELECT coalesce(r.resource, c.resource) AS named, count(*) OVER () FROM (
  SELECT DISTINCT rid, resource FROM check_rows
  WHERE check_id = ? AND (coalesce(decision, 'yes') = 'yes') = ?) c
LEFT JOIN resources r USING (rid) ORDER BY named LIMIT {RESOURCES_SHOWN}
"""  # noqa: S608 - our own constant

_GAPS = """
SELECT count(*), count(*) FILTER (NOT s.known), count(*) FILTER (NOT c.complete)
FROM resources r JOIN standing s USING (rid) JOIN read_state c USING (rid)
WHERE r.sensitive OR NOT ?
"""


_SILENT = """
SELECT coalesce(sum(records), 0)::BIGINT,
  coalesce(sum(records) FILTER (person = ''), 0)::BIGINT,
  coalesce(sum(records) FILTER (application = ''), 0)::BIGINT
FROM capture WHERE person <> '' OR application <> '' OR time IS NOT NULL
"""


class _Gaps:
    """What of resources, of those that hold findings, and of records nothing was known: asked
    once each."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.of = {s: con.execute(_GAPS, [s]).fetchall()[0] for s in (False, True)}
        self.records, self.nobodys, self.unnamed = con.execute(_SILENT).fetchall()[0]


def _gaps(known: _Gaps, check: Check) -> str:
    """What keeps an empty answer from being a clean one; nothing when it is."""
    total, unknown, unlogged = known.of["findings" in check.needs]
    gaps = []
    if "grants" in check.needs and unknown:
        gaps.append(f"no grant speaks about {unknown} of {total} resources")
    if "coverage" in check.needs and unlogged:
        gaps.append(f"reads of {unlogged} of {total} resources were not logged from landing to now")
    if "captured" in check.needs and known.nobodys:
        gaps.append(f"{known.nobodys} of {known.records} records do not say whom they are about")
    if "used" in check.needs and known.unnamed:
        gaps.append(f"{known.unnamed} of {known.records} records name no application")
    return "; ".join(gaps)
