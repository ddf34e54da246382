-- id: retention-exceeded
-- title: Kept longer than promised
-- severity: medium
-- definition: An object that has been in a store for longer than governance.stores of the policy
--   lets it be kept, or that holds records which say they are older than that.
-- needs: objects, stores
-- remediation: Delete it, and what was made of it.
SELECT f.resource, f.landed AS at FROM store_facts f, clock
WHERE f.landed + to_days(f.retention_days::INTEGER) < now
UNION
SELECT f.resource, min(c.time) FROM store_facts f JOIN captured c USING (rid), clock
WHERE c.time + to_days(f.retention_days::INTEGER) < now GROUP BY f.resource
