-- id: public-read
-- title: Everyone can read it
-- severity: high
-- definition: An object of the release that any caller, known or not, can read now: an Allow
--   to everyone is in force and no Deny takes it away. Critical when the object holds findings.
--   Fires for every stored object of the release, with findings or without.
-- needs: objects, grants
-- remediation: Remove the Allow to everyone, and block public access for the whole store.
SELECT a.resource, g.scope, g.principal, g.via,
  CASE WHEN a."public" = 'yes' AND g.decision = 'yes' THEN 'yes' ELSE 'conditional' END AS decision,
  CASE WHEN a.sensitive THEN 'critical' ELSE 'high' END AS severity
FROM effective_read a JOIN object_grants g USING (rid)
WHERE a."public" <> 'no' AND g.live AND g.effect = 'Allow' AND g.decision <> 'no'
  AND g.audience = 'public'
