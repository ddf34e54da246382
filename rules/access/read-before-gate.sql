-- id: read-before-gate
-- title: Read before it was checked
-- severity: medium
-- definition: An object that holds findings was read after it landed and before this run, so
--   what was found has already been used.
-- needs: findings, events, coverage
-- remediation: Find out what the readers made of it, and keep new data closed until it is checked.
SELECT r.resource, r.principal, min(r.time) AS at, count(*) AS count
FROM reads r, clock
WHERE r.sensitive AND r.after_landing AND r.time <= clock.now
GROUP BY r.resource, r.principal
