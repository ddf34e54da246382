-- id: credential-used
-- title: A found credential was used after it had landed
-- severity: critical
-- definition: A log names a credential that was found in the release, and the use lies after the
--   object that holds it had landed. The logs must name credentials (as CloudTrail does with
--   access key ids).
-- needs: findings, events, coverage
-- remediation: Revoke the credential now; look at everything it was used for.
SELECT f.resource, u.actor AS principal, min(u.first) AS at, max(u.times) AS count
FROM credential_use u JOIN found_in f USING (fingerprint)
GROUP BY f.resource, u.actor
