-- id: expired-grant
-- title: Grant past its end is still listed
-- severity: low
-- definition: A grant to read an object of the release whose expiration time is over but which
--   its system still lists. Some systems do not enforce the end.
-- needs: objects, grants
-- remediation: Delete the grant, or renew it on purpose.
SELECT g.resource, g.scope, g.principal, g.via, g.expiration_time AS at
FROM object_grants g, clock
WHERE g.effect = 'Allow' AND g.decision <> 'no' AND g.expiration_time <= clock.now
