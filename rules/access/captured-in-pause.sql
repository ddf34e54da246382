-- id: captured-in-pause
-- title: Captured during a pause that the person had asked for
-- severity: high
-- definition: A record about a person, made between the beginning and the end of a pause that this
--   person had requested (30 minutes if the export says no end). A record that says no time
--   counts when the pause has neither beginning nor end.
-- needs: findings, captured, consents
-- remediation: Delete the records of the pause; find out why the collector went on.
SELECT c.resource, c.person AS principal, min(c.time) AS at, sum(c.records)::BIGINT AS count
FROM captured c
WHERE c.person <> '' AND EXISTS (FROM asked p WHERE p.person = c.person AND p.kind = 'pause'
  AND (p.start IS NULL OR p.start <= c.last) AND (p.until IS NULL OR c.time < p.until))
GROUP BY c.resource, c.person
