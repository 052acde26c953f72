-- Each business day of a range: its newest closing, the closing that its mart is of, whether payments
-- are counted on it, and how many rows of its close the cube counts otherwise by now.
WITH days AS (
  SELECT day::date AS transaction_date
  FROM generate_series(%(first_date)s::date, %(last_date)s::date, interval '1 day') AS day
),

closings AS (
  SELECT
    transaction_date,
    max(version) AS version
  FROM sp_v2_day_closings
  WHERE transaction_date BETWEEN %(first_date)s AND %(last_date)s
  GROUP BY transaction_date
),

marts AS (
  SELECT
    transaction_date,
    min(version) AS version
  FROM sp_v2_mart_merchant_days
  WHERE transaction_date BETWEEN %(first_date)s AND %(last_date)s
  GROUP BY transaction_date
),

cube AS (
  SELECT *
  FROM sp_v2_realtime_aggregates
  WHERE
    bucket_grain = 'DAY'
    AND attempted_count > 0
    AND transaction_date BETWEEN %(first_date)s AND %(last_date)s
),

closes AS (
  SELECT *
  FROM sp_v2_daily_closes
  WHERE attempted_count > 0 AND transaction_date BETWEEN %(first_date)s AND %(last_date)s
),

compared AS (
  SELECT
    transaction_date,
    count(cube.attempted_count) AS cube_rows,
    count(closes.attempted_count) AS close_rows,
    count(*) FILTER (
      WHERE (
        cube.attempted_count, cube.attempted_paise, cube.captured_count, cube.captured_paise,
        cube.settled_count, cube.settled_paise, cube.failed_count, cube.failed_paise
      ) IS DISTINCT FROM (
        closes.attempted_count, closes.attempted_paise, closes.captured_count,
        closes.captured_paise, closes.settled_count, closes.settled_paise, closes.failed_count,
        closes.failed_paise
      )
    ) AS differing_rows
  FROM cube
  FULL JOIN closes USING (transaction_date, merchant_id, payment_method, source_type)
  GROUP BY transaction_date
)

SELECT
  days.transaction_date,
  closings.version,
  marts.version AS mart_version,
  COALESCE(compared.cube_rows, 0) AS cube_rows,
  COALESCE(compared.close_rows, 0) AS close_rows,
  COALESCE(compared.differing_rows, 0) AS differing_rows
FROM days
LEFT JOIN closings USING (transaction_date)
LEFT JOIN marts USING (transaction_date)
LEFT JOIN compared USING (transaction_date)
ORDER BY days.transaction_date
