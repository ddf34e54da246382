-- id: log-tampering
-- title: Somebody changed what is logged
-- severity: critical
-- definition: A successful change to access logging itself: a trail stopped, deleted or narrowed,
--   bucket logging or audit settings taken away. What was done meanwhile may be missing from the
--   logs.
-- needs: events
-- remediation: Switch logging on again, find out who switched it off, and treat the time between
--   as not logged.
WITH changes AS (
  SELECT list(operation) AS names FROM (SELECT DISTINCT operation FROM events)
  WHERE regexp_matches(lower(operation),
    '^(.*[.:/])?(stoplogging|deletetrail|updatetrail|puteventselectors|deleteflowlogs|deletesink'
    || '|updatesink|deletebucketlogging|putbucketlogging|deletediagnosticsettings'
    || '|diagnosticsettings/delete|disableauditlogging|purgeauditlogs|setauditconfig)$')
  HAVING count(*) > 0)
SELECT e.resource, e.actor AS principal, e.operation AS via, min(e.time) AS at, count(*) AS count
FROM events e, changes c
WHERE e.status = 'Success' AND e.activity NOT IN ('Read', 'List')
  AND list_contains(c.names, e.operation)
GROUP BY e.resource, e.actor, e.operation
