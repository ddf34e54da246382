-- id: hidden-nesting
-- title: Readers hidden in nested groups
-- severity: low
-- definition: A grant to read objects that hold findings to a group, by which people can read
--   whom only three or more groups within each other lead to: who looks at the grant does not see
--   them.
-- needs: findings, objects, grants, memberships
-- remediation: Grant the groups that the people are in, not groups of groups of groups.
SELECT g.resource, g.scope, g.principal, g.via, g.deep AS count
FROM grants_made g WHERE g.live AND g.effect = 'Allow' AND g.decision <> 'no' AND g.sensitive AND g.deep > 0
