-- id: captured-without-consent
-- title: Captured from a person who had not agreed
-- severity: high
-- definition: A record about a person whose agreement does not stand in the export of consents, or
--   began after the record was made or had ended by then. Only where that export lists
--   agreements at all; a record that says no time counts when the person never agreed.
-- needs: findings, captured, consents
-- remediation: Delete the records of these people, or find their agreement and export it.
SELECT c.resource, c.person AS principal, min(c.time) AS at, sum(c.records)::BIGINT AS count
FROM captured c
WHERE c.person <> '' AND EXISTS (FROM asked WHERE kind = 'consent') AND NOT EXISTS (
  FROM asked g WHERE g.person = c.person AND g.kind = 'consent'
    AND (c.time IS NULL OR g.start IS NULL OR g.start <= c.last)
    AND (c.time IS NULL OR g.until IS NULL OR c.time < g.until))
GROUP BY c.resource, c.person
