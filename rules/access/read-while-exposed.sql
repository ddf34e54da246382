-- id: read-while-exposed
-- title: Read while everybody could
-- severity: high
-- definition: Somebody read an object that holds findings at a moment when everyone or every
--   employee could read it. Who reads through such a grant was chosen by nobody.
-- needs: findings, grants, events, coverage
-- remediation: Treat what the object holds as read by these people; rotate credentials first.
SELECT resource, principal, exposed AS decision, min(time) AS at, count(*) AS count
FROM reads WHERE sensitive AND exposed <> 'no'
GROUP BY resource, principal, exposed
