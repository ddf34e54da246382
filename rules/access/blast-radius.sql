-- id: blast-radius
-- title: A found credential opens stored objects
-- severity: critical
-- definition: A credential found in the release belongs to a principal of the directory (one of
--   its aliases is the credential's public id) who can read objects of the release.
-- needs: findings, objects, grants, principals
-- remediation: Revoke the credential; until then count all it opens as exposed.
SELECT f.resource, o.principal, sum(o.resources)::BIGINT AS count
FROM credential_opens o JOIN found_in f USING (fingerprint)
WHERE o.resources > 0 GROUP BY f.resource, o.principal
