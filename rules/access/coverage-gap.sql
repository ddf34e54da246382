-- id: coverage-gap
-- title: Reads were not logged without a break
-- severity: medium
-- definition: An object that holds findings whose logs begin before a time in which nothing was
--   logged and go on after it, between landing and now.
-- needs: findings, events, coverage
-- remediation: Get the missing logs, or treat the time as one in which anybody may have read it.
WITH after AS (
  SELECT rid, until AS start, lead(start) OVER (PARTITION BY rid ORDER BY start) AS until
  FROM logged)
SELECT r.resource, r.store AS scope, a.start AS at
FROM after a JOIN resources r USING (rid), clock
WHERE a.until IS NOT NULL AND r.sensitive AND a.start < now
  AND (r.landed IS NULL OR a.until > r.landed)
