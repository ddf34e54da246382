-- id: all-staff-read
-- title: Every employee can read it
-- severity: medium
-- definition: An object of the release that every employee can read now through a grant to all
--   staff, or to a group that holds all staff. High when the object holds findings. What
--   everyone can read is reported by public-read.
-- needs: objects, grants
-- remediation: Grant the few groups that need it instead of all staff.
SELECT a.resource, g.scope, g.principal, g.via,
  CASE WHEN a.all_staff = 'yes' AND g.decision = 'yes' THEN 'yes' ELSE 'conditional' END
    AS decision,
  CASE WHEN a.sensitive THEN 'high' ELSE 'medium' END AS severity
FROM effective_read a JOIN object_grants g USING (rid)
WHERE a.all_staff <> 'no' AND g.live AND g.effect = 'Allow' AND g.decision <> 'no'
  AND g.audience = 'all_staff'
