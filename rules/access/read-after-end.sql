-- id: read-after-end
-- title: Read after leaving, or after the right had ended
-- severity: high
-- definition: A successful read of an object that holds findings by somebody whose employment had
--   ended by then, or whose account the directory calls disabled and says not since when (then it
--   may have been before).
-- needs: findings, events, coverage, principals
-- remediation: Close the account, end its sessions and keys, and treat what was read as lost.
SELECT r.resource, r.principal, min(r.time) AS at, count(*) AS count,
  CASE WHEN p.ended IS NULL THEN 'conditional' ELSE 'yes' END AS decision
FROM reads r JOIN people p USING (principal)
WHERE r.sensitive AND p.gone AND (p.ended IS NULL OR p.ended <= r.time)
GROUP BY r.resource, r.principal, p.ended
