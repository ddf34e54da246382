-- id: external-read
-- title: Somebody from outside can read it
-- severity: high
-- definition: An object of the release that somebody can read now who is in no directory of ours
--   and of none of our mail domains or cloud accounts, by a grant of their own. What is ours is
--   taken from the directory and from governance.own of the policy.
-- needs: objects, grants, principals
-- remediation: Remove the grant, or list the partner in the directory with an end date.
SELECT resource, first AS principal, decision, people AS count,
  CASE WHEN sensitive THEN 'critical' ELSE 'high' END AS severity
FROM special_readers WHERE crowd = 'outsider'
