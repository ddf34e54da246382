-- id: too-many-readers
-- title: More people can read it than the policy allows
-- severity: medium
-- definition: An object that holds findings and that more people can read now than
--   governance.max_readers of the policy says (100 if it says nothing). What everyone or every
--   employee can read is reported by other checks.
-- needs: findings, objects, grants
-- remediation: Grant a smaller group, for those who work with it.
SELECT a.resource, a.people AS count,
  CASE WHEN a.people > l.max_readers THEN 'yes' ELSE 'conditional' END AS decision
FROM effective_read a, limits l
WHERE a.sensitive AND a."public" = 'no' AND a.all_staff = 'no'
  AND a.people + a.people_conditional > l.max_readers
