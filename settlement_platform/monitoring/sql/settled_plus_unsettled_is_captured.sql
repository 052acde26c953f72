-- A row for each business day from a date on: its payments by their instants (captured, settled) and
-- by their status (unsettled), and the buckets of the cube of which more is settled than captured.
WITH transactions AS (
  SELECT
    transaction_date,
    count(captured_at) AS captured_count,
    COALESCE(sum(amount_paise) FILTER (WHERE captured_at IS NOT NULL), 0) AS captured_paise,
    count(settled_at) AS settled_count,
    COALESCE(sum(amount_paise) FILTER (WHERE settled_at IS NOT NULL), 0) AS settled_paise,
    count(*) FILTER (WHERE status = 'RECONCILED') AS unsettled_count,
    COALESCE(sum(amount_paise) FILTER (WHERE status = 'RECONCILED'), 0) AS unsettled_paise
  FROM sp_v2_transactions
  WHERE deleted_at IS NULL AND transaction_date >= %(from_date)s
  GROUP BY transaction_date
),

cube AS (
  SELECT
    transaction_date,
    count(*) AS below_zero_count
  FROM sp_v2_realtime_aggregates
  WHERE
    bucket_grain = 'DAY'
    AND transaction_date >= %(from_date)s
    AND (settled_count > captured_count OR settled_paise > captured_paise)
  GROUP BY transaction_date
)

SELECT
  transaction_date,
  COALESCE(captured_count, 0) AS captured_count,
  COALESCE(captured_paise, 0) AS captured_paise,
  COALESCE(settled_count, 0) AS settled_count,
  COALESCE(settled_paise, 0) AS settled_paise,
  COALESCE(unsettled_count, 0) AS unsettled_count,
  COALESCE(unsettled_paise, 0) AS unsettled_paise,
  COALESCE(below_zero_count, 0) AS below_zero_count
FROM transactions
FULL JOIN cube USING (transaction_date)
ORDER BY transaction_date
