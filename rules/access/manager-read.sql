-- id: manager-read
-- title: A manager read data about their own people
-- severity: high
-- definition: Somebody read an object that holds findings about a person whose manager they are,
--   at any level of the chain of managers in the directory.
-- needs: findings, events, coverage, principals, people
-- remediation: Take the right from managers of the people concerned, and tell those.
SELECT r.resource, r.principal, min(r.time) AS at, count(DISTINCT m.principal) AS count
FROM (SELECT rid, resource, principal, first_read AS time FROM readers WHERE sensitive) r
JOIN concerned c USING (rid)
JOIN managers m ON m.principal = c.principal AND m.boss = r.principal
GROUP BY r.resource, r.principal
