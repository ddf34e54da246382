-- id: redundant-grant
-- title: Grant that another one holds already
-- severity: info
-- definition: A certain grant without dates to read nothing but objects that the same principal
--   may read by another such grant of the same system. Taking away the one changes nothing, which
--   misleads who tries.
-- needs: objects, grants
-- remediation: Delete the narrower grant.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count FROM grants_made g WHERE g.redundant
