-- id: first-time-reader
-- title: Somebody new began to read the store
-- severity: low
-- definition: Somebody read an object that holds findings and had read nothing of its store in
--   the governance.history_days of the policy before that, all of which were logged.
-- needs: findings, events, coverage
-- remediation: Ask what the new reader is doing there.
SELECT o.resource, f.principal, f.time AS at, 1 AS count
FROM (
  SELECT store, principal, min(first_read) AS time, arg_min(rid, (first_read, rid)) AS rid
  FROM readers WHERE store <> '' GROUP BY store, principal) f
JOIN effective_read o USING (rid)
JOIN logged l ON l.rid = f.rid AND l.start <= f.time AND f.time <= l.until, limits
WHERE o.sensitive AND f.time - to_days(history_days::INTEGER) >= l.start
