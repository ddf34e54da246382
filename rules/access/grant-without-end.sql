-- id: grant-without-end
-- title: Grant to one person, or to everybody, has no end
-- severity: low
-- definition: A grant to read objects that hold findings, made to a single person, an outsider or
--   everybody, that never ends. Rights of single persons are forgotten when their task is over.
-- needs: findings, objects, grants
-- remediation: Give it an end, or grant the right to a group that somebody reviews.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count
FROM grants_made g
WHERE g.live AND g.effect = 'Allow' AND g.decision <> 'no' AND g.sensitive AND g.expiration_time IS NULL
  AND (g.audience <> '' OR g.outsider OR (g.person AND g.type = 'user'))
