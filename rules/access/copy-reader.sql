-- id: copy-reader
-- title: A copy was read by somebody who may not read the original
-- severity: medium
-- definition: Somebody read an object that holds a value which landed first in another store that
--   they cannot read now.
-- needs: findings, objects, grants, events, coverage
-- remediation: Delete the copy, and treat its readers as readers of the original.
SELECT s.resource, s.principal, min(s.original) AS via, count(DISTINCT s.original) AS count
FROM strangers s GROUP BY s.resource, s.principal
