-- id: weak-condition
-- title: Only a condition that anybody can meet stands before it
-- severity: medium
-- definition: A grant to everyone, every employee or an outsider whose condition the caller
--   decides alone: the referer or user agent, a condition that holds when its key is absent, or
--   addresses of the whole internet.
-- needs: objects, grants
-- remediation: Name the principals; a condition is no lock.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count
FROM grants_made g
WHERE g.live AND g.effect = 'Allow' AND g.decision <> 'no' AND (g.audience <> '' OR g.outsider) AND regexp_matches(lower(g.condition),
  'referer|useragent|user-agent|ifexists|forallvalues|0[.]0[.]0[.]0/0|(^|[^0-9a-f])::/0')
