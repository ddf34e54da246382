-- id: unknown-grantee
-- title: Grant to somebody whom no directory knows
-- severity: low
-- definition: A grant to read, in force, to a person, group or service that the directory exports
--   do not list: nobody can say who it is, or an export is missing.
-- needs: objects, grants, principals
-- remediation: Find out who it is; export the missing directory or delete the grant.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count
FROM grants_made g
WHERE g.live AND g.effect = 'Allow' AND g.decision <> 'no' AND g.audience = '' AND NOT g.listed AND g.principal_type <> 'service'
