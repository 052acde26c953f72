-- Every row of the closes of a range that the cube's DAY bucket counts otherwise; one that has only
-- zeros on either side is as good as none. `is_later`: the cube counts a change of the core that the
-- close need not have, because it was committed after the close's as_of.
-- Unsettled payments, which the cube has no column for, are what it has captured and not settled.
WITH closed AS (
  SELECT
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    ARRAY[
      attempted_count, attempted_paise, captured_count, captured_paise, reconciled_count,
      reconciled_paise, settled_count, settled_paise, unsettled_count, unsettled_paise,
      failed_count, failed_paise
    ]::numeric[] AS figures
  FROM sp_v2_daily_closes
  WHERE transaction_date BETWEEN %(first_date)s AND %(last_date)s
),

cube AS (
  SELECT
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    source_committed_at,
    ARRAY[
      attempted_count, attempted_paise, captured_count, captured_paise, reconciled_count,
      reconciled_paise, settled_count, settled_paise, captured_count - settled_count,
      captured_paise - settled_paise, failed_count, failed_paise
    ]::numeric[] AS figures
  FROM sp_v2_realtime_aggregates
  WHERE
    bucket_grain = 'DAY'
    AND transaction_date BETWEEN %(first_date)s AND %(last_date)s
),

both_sides AS (
  SELECT
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    cube.source_committed_at,
    COALESCE(closed.figures, array_fill(0::numeric, ARRAY[12])) AS closed_figures,
    COALESCE(cube.figures, array_fill(0::numeric, ARRAY[12])) AS cube_figures
  FROM closed
  FULL JOIN cube USING (transaction_date, merchant_id, payment_method, source_type)
)

SELECT
  transaction_date,
  merchant_id,
  payment_method,
  source_type,
  closed_figures,
  cube_figures,
  COALESCE(source_committed_at >= %(as_of)s, FALSE) AS is_later
FROM both_sides
WHERE closed_figures <> cube_figures
ORDER BY transaction_date, merchant_id, payment_method, source_type
