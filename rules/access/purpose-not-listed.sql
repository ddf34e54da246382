-- id: purpose-not-listed
-- title: Grant for no purpose, or one that the programme does not have
-- severity: medium
-- definition: A grant to read objects that hold findings whose stated purpose is none of
--   governance.purposes of the policy, or that states none.
-- needs: findings, objects, grants, purposes
-- remediation: Ask what it is used for: state a purpose of the list, or delete the grant.
SELECT g.resource, g.scope, g.principal, g.via, g.objects AS count,
  CASE WHEN g.purpose = '' THEN 'low' ELSE 'medium' END AS severity
FROM grants_made g
WHERE g.live AND g.effect = 'Allow' AND g.decision <> 'no' AND g.sensitive AND NOT EXISTS (
  FROM allowed a WHERE a.kind = 'purpose' AND regexp_full_match(g.purpose, a.pattern))
