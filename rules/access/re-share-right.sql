-- id: re-share-right
-- title: Readers may pass the right on
-- severity: medium
-- definition: A grant on objects that hold findings by which others than a service may grant
--   rights to further people: WITH GRANT OPTION or ADMIN OPTION, ownership, MANAGE, or the right
--   to change a policy or access list.
-- needs: findings, objects, grants
-- remediation: Keep the right to grant with the owners of the store.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count
FROM grants_made g
WHERE g.live AND g.effect = 'Allow' AND g.sensitive AND g.type <> 'service' AND (
  g.access_level = 'admin' OR regexp_matches(lower(g.privilege || ' ' || g.via),
    '(grant|admin|hierarchy) option|(^|[^a-z])manage([^a-z]|$)|is_grantable|ownership|setiampolicy'
    || '|put(bucket|object)(policy|acl)|put(user|role|group)policy|attach(user|role|group)policy'
    || '|roleassignments/write|(^|[ ,:])\*([ ,]|$)'))
