-- Every bucket of DAY grain that the cube counts otherwise than V2's transactions add up to, of the
-- business days from a date on; beside each, when that was seen and how much was compared. Where all
-- agree, one row without a bucket. A bucket that every payment has left stays in the cube as zeros.
WITH cube AS (
  SELECT
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    ARRAY[
      attempted_count, attempted_paise,
      captured_count, captured_paise,
      settled_count, settled_paise,
      failed_count, failed_paise
    ]::numeric[] AS figures
  FROM sp_v2_realtime_aggregates
  WHERE bucket_grain = 'DAY' AND transaction_date >= %(from_date)s
),

transactions AS (
  SELECT
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    ARRAY[
      count(*),
      sum(amount_paise),
      count(*) FILTER (WHERE status IN ('RECONCILED', 'SETTLED')),
      COALESCE(sum(amount_paise) FILTER (WHERE status IN ('RECONCILED', 'SETTLED')), 0),
      count(*) FILTER (WHERE status = 'SETTLED'),
      COALESCE(sum(amount_paise) FILTER (WHERE status = 'SETTLED'), 0),
      count(*) FILTER (WHERE status = 'FAILED'),
      COALESCE(sum(amount_paise) FILTER (WHERE status = 'FAILED'), 0)
    ]::numeric[] AS figures
  FROM sp_v2_transactions
  WHERE deleted_at IS NULL AND transaction_date >= %(from_date)s
  GROUP BY transaction_date, merchant_id, payment_method, source_type
),

both_sides AS (
  SELECT
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    COALESCE(cube.figures, array_fill(0::numeric, ARRAY[8])) AS counted,
    COALESCE(transactions.figures, array_fill(0::numeric, ARRAY[8])) AS added_up
  FROM cube
  FULL JOIN transactions USING (transaction_date, merchant_id, payment_method, source_type)
),

differing AS (
  SELECT *
  FROM both_sides
  WHERE counted <> added_up
  ORDER BY transaction_date, merchant_id, payment_method, source_type
  LIMIT %(limit)s
)

SELECT
  clock_timestamp() AS seen_at,
  (SELECT max(as_of) FROM sp_v2_as_of) AS as_of,
  (SELECT count(*) FROM cube) AS buckets_count,
  (SELECT COALESCE(sum(figures[1]), 0)::bigint FROM transactions) AS transactions_count,
  differing.*
FROM (VALUES (1)) AS once (n)
LEFT JOIN differing ON TRUE
