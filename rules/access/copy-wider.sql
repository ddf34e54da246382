-- id: copy-wider
-- title: A copy stands where more people can read it
-- severity: high
-- definition: A value stands in two stores, and in the one where it landed later everyone or
--   every employee can read it who cannot in the first, or at least ten more people and twice as
--   many as there.
-- needs: findings, objects, grants
-- remediation: Delete the copy; find out who made it.
WITH rank AS (
  SELECT rid, CASE WHEN "public" = 'yes' THEN 2 WHEN all_staff = 'yes' THEN 1 ELSE 0 END AS wide,
    people FROM effective_read WHERE known)
SELECT c.resource, min(c.original) AS via, count(DISTINCT c.fingerprint) AS count
FROM copies c JOIN rank o ON o.rid = c.original_rid JOIN rank k ON k.rid = c.rid
WHERE k.wide > o.wide OR (k.people >= 2 * o.people AND k.people >= o.people + 10)
GROUP BY c.resource
