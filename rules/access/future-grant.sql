-- id: future-grant
-- title: Grant on whatever comes later
-- severity: medium
-- definition: A grant to read what will be created later (FUTURE grants, default privileges,
--   default access lists): new data is open before anybody looked at it.
-- needs: objects, grants
-- remediation: Grant single objects after they were checked.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count
FROM grants_made g
WHERE g.live AND g.effect = 'Allow' AND g.decision <> 'no' AND regexp_matches(lower(g.privilege || ' ' || g.via || ' ' || g.condition),
  '(^|[^a-z])(future|default privileges?|default acl|default access)([^a-z]|$)')
