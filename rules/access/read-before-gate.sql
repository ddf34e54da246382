-- id: read-before-gate
-- title: Read before it was checked
-- severity: medium
-- definition: An object that holds findings was read after it landed and before this run, so
--   what was found has already been used.
-- needs: findings, events, coverage
-- remediation: Find out what the readers made of it, and keep new data closed until it is checked.
SELECT r.rid, r.principal, r.first_after AS at, r.after AS count
FROM readers r, clock
WHERE r.sensitive AND r.first_after <= clock.now
