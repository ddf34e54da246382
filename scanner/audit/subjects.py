"""Which principals of the directory the pseudonyms of findings stand for.

Records name people by account or e-mail address, and findings hold keyed pseudonyms of
these.  With the deployment key the same pseudonyms are made of the names that the directory
knows; whom it does not know stays a pseudonym.  Makes the table `subject_of(subject,
principal)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

Pseudonym = Callable[[str], str]  # "" for what names nobody


def compute(con: duckdb.DuckDBPyConnection, pseudonym: Pseudonym | None) -> None:
    """Make the table; the tables of `scanner.audit.principals` must be there."""
    names = con.execute(_NAMES).fetchall() if pseudonym is not None else []
    pairs = [(pseudonym(name), who) for name, who in names] if pseudonym is not None else []
    pairs = [pair for pair in pairs if pair[0]]
    con.execute(_SUBJECTS, [[s for s, _ in pairs], [p for _, p in pairs]])


_NAMES = """
SELECT n.name, e.id FROM eid_of n JOIN entity e USING (eid)
WHERE e.listed AND EXISTS (SELECT 1 FROM findings WHERE subject <> '')
"""

_SUBJECTS = """
CREATE TABLE subject_of AS
WITH made AS (SELECT unnest($1::VARCHAR[]) AS made, unnest($2::VARCHAR[]) AS principal),
  joined AS (SELECT DISTINCT coalesce(p.person, m.made) AS subject, m.principal
    FROM made m LEFT JOIN persons p ON p.name = m.made)
SELECT subject, min(principal) AS principal FROM joined
GROUP BY subject HAVING count(DISTINCT principal) = 1
"""
