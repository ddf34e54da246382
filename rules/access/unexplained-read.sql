-- id: unexplained-read
-- title: Read without a grant that we know
-- severity: high
-- definition: A successful read of an object that holds findings by somebody whom no known grant
--   let read at that time. Either a grant export is missing or somebody found another way.
-- needs: findings, grants, events, coverage
-- remediation: Find out by which right it was read; add the missing export or close the way.
SELECT rid, principal, min(time) AS at, count(*) AS count
FROM reads WHERE sensitive AND NOT explained GROUP BY rid, principal
