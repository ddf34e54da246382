-- id: captured-exempt
-- title: Captured from an exempted person
-- severity: critical
-- definition: A record about a person who at that time was exempt from the programme or had
--   withdrawn. A record that says no time counts when the exemption has no beginning, and may
--   count when it has.
-- needs: findings, captured, consents
-- remediation: Delete all records of this person; take them out of the programme.
WITH exempt AS (
  SELECT c.resource, c.person, c.application, c.time, c.last, c.records,
    bool_or(c.time IS NOT NULL OR (x.start IS NULL AND x.until IS NULL)) AS certain
  FROM captured c JOIN asked x ON x.person = c.person
  WHERE x.kind IN ('exemption', 'withdrawal') AND c.person <> ''
    AND (c.time IS NULL OR x.start IS NULL OR x.start <= c.last)
    AND (c.time IS NULL OR x.until IS NULL OR c.time < x.until)
  GROUP BY ALL)
SELECT resource, person AS principal, min(time) AS at, sum(records)::BIGINT AS count,
  CASE WHEN certain THEN 'yes' ELSE 'conditional' END AS decision
FROM exempt GROUP BY resource, person, certain
