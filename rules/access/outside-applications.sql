-- id: outside-applications
-- title: Captured outside the designated applications
-- severity: high
-- definition: A record that names an application which is none of governance.applications of the
--   policy.
-- needs: findings, used, applications
-- remediation: Delete the records; narrow the collector to the designated applications.
SELECT c.resource, c.application AS via, min(c.time) AS at, sum(c.records)::BIGINT AS count
FROM captured c WHERE c.application <> '' AND NOT EXISTS (
  FROM allowed a WHERE a.kind = 'application' AND regexp_full_match(c.application, a.pattern))
GROUP BY c.resource, c.application
