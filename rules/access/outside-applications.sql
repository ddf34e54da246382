-- id: outside-applications
-- title: Captured outside the designated applications
-- severity: high
-- definition: A record with findings that names an application which is none of
--   governance.applications of the policy. Records without findings are not looked at.
-- needs: findings, people, applications
-- remediation: Delete the records; narrow the collector to the designated applications.
SELECT c.resource, c.application AS via, min(c.time) AS at, count(*) AS count
FROM captures c WHERE c.application <> '' AND NOT EXISTS (
  FROM allowed a WHERE a.kind = 'application' AND regexp_full_match(c.application, a.pattern))
GROUP BY c.resource, c.application
