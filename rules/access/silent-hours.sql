-- id: silent-hours
-- title: The log falls silent while it should speak
-- severity: medium
-- definition: A store whose reads are logged, and of whose objects a read is logged every few
--   hours, has none for at least six hours and ten times as long as the median pause between
--   hours with reads. Logs may have been lost, or held back.
-- needs: events, coverage
-- remediation: Ask the owner of the log whether it was whole, and compare with another log.
WITH hours AS (
  SELECT DISTINCT store, date_trunc('hour', time) AS hour FROM reads WHERE store <> ''),
pauses AS (
  SELECT store, hour, lead(hour) OVER (PARTITION BY store ORDER BY hour) AS next FROM hours),
usual AS (
  SELECT store, median(epoch(next) - epoch(hour)) AS usual FROM pauses
  WHERE next IS NOT NULL GROUP BY store HAVING count(*) >= 24),
first AS (SELECT store, min(resource) AS resource FROM effective_read GROUP BY store)
SELECT f.resource, p.store AS scope, p.hour AS at, 'conditional' AS decision
FROM pauses p JOIN usual u USING (store) JOIN first f USING (store)
WHERE epoch(p.next) - epoch(p.hour) >= greatest(6 * 3600, 10 * u.usual)
