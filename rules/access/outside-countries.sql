-- id: outside-countries
-- title: Captured from people outside the programme's countries
-- severity: high
-- definition: A record about a person whom the directory places in a country that is none of
--   governance.countries of the policy.
-- needs: findings, captured, principals, countries
-- remediation: Delete the records of these people; take them out of the programme.
SELECT c.resource, c.person AS principal, c.country AS via, min(c.time) AS at,
  sum(c.records)::BIGINT AS count
FROM captured c WHERE c.country <> '' AND NOT EXISTS (
  FROM allowed a WHERE a.kind = 'country' AND regexp_full_match(c.country, a.pattern))
GROUP BY c.resource, c.person, c.country
