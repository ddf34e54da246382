"""What the policy says of the programme, and what findings say of the people they concern.

Tables made, after `scanner.audit.principals.prepare` (`rules`) and `resolve` (`people`):

- `allowed(kind, pattern)`: regular expressions by kind: application, country, purpose, own,
  training, people_team
- `limits(max_readers, history_days)`, `store_rule(resource, encrypted, read_logging, ...)`
- `trait(eid, ...)`: what the directory says of each `entity` besides its name; `gone` is who no
  longer takes part, `outsider` who is of none of our domains and accounts
- `chain(eid, boss)`: a person's managers, through all levels; cycles do no harm
- `capture(rid, person, eid, application, time, last, records)`: records by whom they are about:
  all of an input (`scanner.captures`), or those with findings where nobody looked at all
- `concerns(rid, eid)`: the people whom findings in a resource concern
- `asked(person, kind, start, until)`: pauses, exemptions, withdrawals, by principal id
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.audit.principals import GONE
from scanner.config.policy import Governance
from scanner.globs import regex
from scanner.uris import canonical

if TYPE_CHECKING:
    import duckdb


def rules(con: duckdb.DuckDBPyConnection, programme: Governance) -> None:
    """Make the tables of what the policy says."""
    con.execute("CREATE TABLE allowed (kind VARCHAR, pattern VARCHAR)")
    for kind, patterns in _patterns(programme).items():
        for pattern in patterns:
            con.execute("INSERT INTO allowed VALUES (?, ?)", [kind, _whole(pattern)])
    con.execute(
        "CREATE TABLE limits AS SELECT ?::BIGINT AS max_readers, ?::BIGINT AS history_days",
        [programme.max_readers, programme.history_days],
    )
    con.execute(_STORE_RULES)
    for rule in programme.stores:
        values = [canonical(rule.resource), rule.encrypted, rule.read_logging, rule.retention_days]
        con.execute("INSERT INTO store_rule VALUES (?, ?, ?, ?, ?)", [*values, rule.masked_as])


def people(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of people."""
    con.execute(_TRAITS, [list(GONE)])
    for sql in (_CHAIN, _CAPTURE, _ASKED):
        con.execute(sql)


def _patterns(programme: Governance) -> dict[str, tuple[str, ...]]:
    return {
        "application": programme.applications,
        "country": programme.countries,
        "purpose": programme.purposes,
        "own": programme.own,
        "training": programme.training,
        "people_team": programme.people_teams,
    }


def _whole(pattern: str) -> str:
    """A glob as a regular expression, of any case; a slash at its end is only a slash."""
    return "(?i)" + regex(pattern.removesuffix("/"))


_STORE_RULES = """
CREATE TABLE store_rule (resource VARCHAR, encrypted BOOLEAN, read_logging BOOLEAN,
  retention_days BIGINT, masked_as VARCHAR)
"""

# Who is of no domain or account of ours is an outsider, if ours are known at all.
_TRAITS = r"""
CREATE MACRO domain_of(name) AS
  CASE WHEN regexp_full_match(name, '[^:/@ ]+@[^:/@ ]+') THEN lower(split_part(name, '@', 2))
    ELSE '' END;
CREATE MACRO account_of(name) AS regexp_extract(name,
  '^(?:arn:[a-z-]+:[a-z]+::)?([0-9]{12})(?::|$)', 1);
CREATE TABLE ours AS
WITH name AS (SELECT id AS name FROM principals UNION SELECT unnest(aliases) FROM principals)
SELECT DISTINCT domain_of(name) AS mark FROM name WHERE domain_of(name) <> ''
UNION SELECT account_of(name) FROM name WHERE account_of(name) <> '';
CREATE TABLE trait AS
WITH listing AS (
  SELECT DISTINCT ON (id) * FROM principals ORDER BY id, status, name, department),
marked AS (
  SELECT eid, id, listed, coalesce(nullif(domain_of(id), ''), account_of(id)) AS mark,
    domain_of(id) <> '' AS mail FROM entity WHERE eid > 2),
known AS (
  SELECT bool_or(contains(mark, '.')) AS mails, bool_or(NOT contains(mark, '.')) AS accounts
  FROM (FROM ours UNION SELECT lower(pattern) FROM allowed WHERE kind = 'own'))
SELECT m.eid, coalesce(p.country, '') AS country, p.started, p.ended, b.eid AS manager,
  coalesce(list_contains(?::VARCHAR[], lower(p.status)) OR p.ended <= now, false) AS gone,
  coalesce(p.training, false) OR EXISTS (FROM allowed a WHERE a.kind = 'training' AND (
    regexp_full_match(m.id, a.pattern) OR regexp_full_match(coalesce(p.name, ''), a.pattern)))
    AS training,
  p.department <> '' AND EXISTS (FROM allowed a WHERE a.kind = 'people_team'
    AND regexp_full_match(coalesce(p.department, ''), a.pattern)) AS people_team,
  NOT m.listed AND m.mark <> '' AND CASE WHEN m.mail THEN coalesce(k.mails, false)
      ELSE coalesce(k.accounts, false) END
    AND m.mark NOT IN (SELECT mark FROM ours)
    AND NOT EXISTS (FROM allowed a WHERE a.kind = 'own' AND regexp_full_match(m.mark, a.pattern))
    AS outsider
FROM marked m LEFT JOIN listing p ON p.id = m.id LEFT JOIN eid_of b ON b.name = fold(p.manager),
known k, clock
"""

_CHAIN = """
CREATE TABLE chain AS
WITH RECURSIVE above(eid, boss) AS (
  SELECT eid, manager FROM trait WHERE manager IS NOT NULL
  UNION SELECT a.eid, t.manager FROM above a JOIN trait t ON t.eid = a.boss
    WHERE t.manager IS NOT NULL)
SELECT eid, boss FROM above WHERE eid <> boss
"""

_CAPTURE = """
CREATE TABLE capture AS
WITH said AS (
  SELECT uri, person, application, first, last, records FROM captures WHERE records > 0
  UNION ALL
  SELECT uri, coalesce(about_user, ''), coalesce(about_application, ''), about_time, about_time,
    count(DISTINCT id)
  FROM findings f ANTI JOIN captures c USING (uri) GROUP BY ALL)
SELECT u.rid, coalesce(k.id, s.person) AS person, e.eid, s.application, s.first AS time, s.last,
  sum(s.records)::BIGINT AS records
FROM said s JOIN uri_resource u USING (uri)
LEFT JOIN known_name k ON k.name = nullif(s.person, '')
LEFT JOIN entity e ON e.id = k.id AND e.eid > 2
GROUP BY ALL;
CREATE TABLE concerns AS
WITH named AS (
  SELECT uri, subject AS name FROM findings WHERE subject <> ''
  UNION SELECT uri, about_user FROM findings WHERE about_user <> '')
SELECT DISTINCT u.rid, e.eid FROM named f JOIN uri_resource u USING (uri)
JOIN known_name k USING (name) JOIN entity e ON e.id = k.id AND e.eid > 2
"""

_ASKED = """
CREATE TABLE asked AS
SELECT DISTINCT coalesce(k.id, c.person) AS person, c.kind, c.start, c."end" AS until
FROM consents c LEFT JOIN known_name k ON k.name = fold(c.person)
"""
