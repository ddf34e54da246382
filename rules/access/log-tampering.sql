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
  SELECT operation FROM (SELECT DISTINCT operation FROM events) WHERE regexp_matches(lower(operation),
  '^(.*[.:/])?(stoplogging|deletetrail|updatetrail|puteventselectors|deleteflowlogs|deletesink'
  || '|updatesink|deletebucketlogging|putbucketlogging|deletediagnosticsettings'
  || '|diagnosticsettings/delete|disableauditlogging|purgeauditlogs|setauditconfig)$'))
SELECT resource, actor AS principal, operation AS via, min(time) AS at, count(*) AS count
FROM events SEMI JOIN changes USING (operation)
WHERE status = 'Success' AND activity NOT IN ('Read', 'List')
GROUP BY resource, actor, operation
