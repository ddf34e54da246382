-- id: bulk-reader
-- title: Somebody read far more than the others
-- severity: medium
-- definition: Somebody read at least ten objects with findings and a quarter of a store's, and
--   that many more than its other readers: a robust z-score (0.6745 times the distance from the
--   median, over the median of the distances) of 3.5 or more; where that median is 0, more than
--   the median.
-- needs: findings, events, coverage
-- remediation: Ask what was copied and why; look for the copy.
WITH objects AS (SELECT store, count(*) AS total FROM effective_read WHERE sensitive GROUP BY store),
taken AS (
  SELECT store, principal, count(*) AS objects, min(resource) AS resource, min(first_read) AS at
  FROM readers WHERE sensitive AND store <> '' GROUP BY store, principal),
middle AS (SELECT store, median(objects) AS mid FROM taken GROUP BY store),
spread AS (
  SELECT t.store, any_value(m.mid) AS mid, median(abs(t.objects - m.mid)) AS mad
  FROM taken t JOIN middle m USING (store) GROUP BY t.store)
SELECT t.resource, t.principal, t.at, t.objects AS count
FROM taken t JOIN spread s USING (store) JOIN objects o USING (store)
WHERE t.objects >= 10 AND 4 * t.objects >= o.total AND t.objects > s.mid
  AND 0.6745 * (t.objects - s.mid) >= 3.5 * s.mad
