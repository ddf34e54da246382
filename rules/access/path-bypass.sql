-- id: path-bypass
-- title: The files behind a masked table are open
-- severity: high
-- definition: Files that governance.stores of the policy says lie behind a masked table
--   (masked_as), hold findings, and can be read by people directly, past the mask.
-- needs: findings, objects, grants, stores
-- remediation: Grant the table only; keep its files to the service that serves it.
SELECT f.resource, f.masked_as AS via, a.people + a.people_conditional AS count,
  CASE WHEN a.people > 0 THEN 'yes' ELSE 'conditional' END AS decision
FROM store_facts f JOIN effective_read a USING (rid)
WHERE f.masked_as <> '' AND f.sensitive AND a.people + a.people_conditional > 0
