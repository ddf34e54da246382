-- id: excess-readers
-- title: Most of those who can read it never did
-- severity: low
-- definition: An object that holds findings, whose reads were logged from landing to now, and
--   that at least five people, more than half of those who can read it, never read.
-- needs: findings, objects, grants, events, coverage
-- remediation: Take the right to read from those who never used it.
SELECT resource, unused AS count FROM excess_readers WHERE unused >= 5 AND 2 * unused > could
