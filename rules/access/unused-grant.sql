-- id: unused-grant
-- title: Grant that nobody used
-- severity: low
-- definition: A grant to read, in force for more than the governance.history_days of the policy
--   or without a known beginning, made to named people or groups of whom nobody read anything it
--   covers, though all of it was logged from landing to now.
-- needs: objects, grants, events, coverage
-- remediation: Delete the grant; who misses it will ask.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count
FROM grants_made g, clock, limits
WHERE g.live AND g.effect = 'Allow' AND g.decision <> 'no' AND g.audience = '' AND g.complete AND NOT g.used
  AND (g.granted_time IS NULL OR g.granted_time <= now - to_days(history_days::INTEGER))
