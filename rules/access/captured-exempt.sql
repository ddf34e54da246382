-- id: captured-exempt
-- title: Captured from an exempted person
-- severity: critical
-- definition: A record with findings about a person who at that time was exempt from the
--   programme or had withdrawn. A record that says no time counts when the exemption has no
--   beginning, and may count when it has. Records without findings are not looked at.
-- needs: findings, people, consents
-- remediation: Delete all records of this person; take them out of the programme.
SELECT c.resource, c.person AS principal, min(c.time) AS at, count(DISTINCT c.id) AS count,
  CASE WHEN c.time IS NULL AND (x.start IS NOT NULL OR x.until IS NOT NULL)
    THEN 'conditional' ELSE 'yes' END AS decision
FROM captures c JOIN asked x ON x.person = c.person
WHERE x.kind IN ('exemption', 'withdrawal') AND c.person <> ''
  AND (c.time IS NULL OR x.start IS NULL OR x.start <= c.time)
  AND (c.time IS NULL OR x.until IS NULL OR c.time < x.until)
GROUP BY c.resource, c.person, 5
