-- id: probe-then-success
-- title: Refused first, then let in
-- severity: medium
-- definition: Somebody was refused an object that holds findings and read it later: they looked
--   for a way, and found or were given one.
-- needs: findings, events, coverage
-- remediation: Find out what changed between the two, and who changed it.
SELECT f.resource, f.principal, min(r.time) AS at, any_value(f.times) AS count
FROM refused f JOIN reads r ON r.rid = f.rid AND r.principal = f.principal AND r.time > f.first
GROUP BY f.resource, f.principal
