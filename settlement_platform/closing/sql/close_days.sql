-- Closes the business days of a range: one moment of V2's transactions, added up. A row whose figures
-- are what they were stays as it is, so a day that is closed again unchanged has no new version.
-- Returns each day: its newest closing, whether that is new, and what it and the one before come to.
WITH days AS (
  SELECT day::date AS transaction_date
  FROM generate_series(%(first_date)s::date, %(last_date)s::date, interval '1 day') AS day
),

counted AS (
  SELECT
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    count(*) AS attempted_count,
    sum(amount_paise) AS attempted_paise,
    count(*) FILTER (WHERE captured_at IS NOT NULL) AS captured_count,
    COALESCE(sum(amount_paise) FILTER (WHERE captured_at IS NOT NULL), 0) AS captured_paise,
    count(*) FILTER (WHERE reconciled_at IS NOT NULL) AS reconciled_count,
    COALESCE(sum(amount_paise) FILTER (WHERE reconciled_at IS NOT NULL), 0) AS reconciled_paise,
    count(*) FILTER (WHERE settled_at IS NOT NULL) AS settled_count,
    COALESCE(sum(amount_paise) FILTER (WHERE settled_at IS NOT NULL), 0) AS settled_paise,
    count(*) FILTER (WHERE status = 'RECONCILED') AS unsettled_count,
    COALESCE(sum(amount_paise) FILTER (WHERE status = 'RECONCILED'), 0) AS unsettled_paise,
    count(*) FILTER (WHERE status = 'FAILED') AS failed_count,
    COALESCE(sum(amount_paise) FILTER (WHERE status = 'FAILED'), 0) AS failed_paise
  FROM sp_v2_transactions
  WHERE deleted_at IS NULL AND transaction_date BETWEEN %(first_date)s AND %(last_date)s
  GROUP BY transaction_date, merchant_id, payment_method, source_type
),

closed AS (
  SELECT
    transaction_date, merchant_id, payment_method, source_type, attempted_count,
    attempted_paise, captured_count, captured_paise, reconciled_count, reconciled_paise,
    settled_count, settled_paise, unsettled_count, unsettled_paise, failed_count, failed_paise
  FROM sp_v2_daily_closes
  WHERE transaction_date BETWEEN %(first_date)s AND %(last_date)s
),

-- A row that every payment has left stays, as zeros.
added_up AS (
  SELECT * FROM counted
  UNION ALL
  SELECT
    transaction_date, merchant_id, payment_method, source_type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0
  FROM closed
  WHERE NOT EXISTS (
    SELECT 1
    FROM counted
    WHERE
      counted.transaction_date = closed.transaction_date
      AND counted.merchant_id = closed.merchant_id
      AND counted.payment_method = closed.payment_method
      AND counted.source_type = closed.source_type
  )
),

changed AS (
  SELECT * FROM added_up
  EXCEPT
  SELECT * FROM closed
),

before AS (
  SELECT DISTINCT ON (transaction_date)
    transaction_date,
    version,
    captured_paise,
    settled_paise
  FROM sp_v2_day_closings
  WHERE transaction_date BETWEEN %(first_date)s AND %(last_date)s
  ORDER BY transaction_date, version DESC
),

totals AS (
  SELECT
    transaction_date,
    count(*) AS row_count,
    sum(attempted_count) AS attempted_count,
    sum(attempted_paise) AS attempted_paise,
    sum(captured_count) AS captured_count,
    sum(captured_paise) AS captured_paise,
    sum(reconciled_count) AS reconciled_count,
    sum(reconciled_paise) AS reconciled_paise,
    sum(settled_count) AS settled_count,
    sum(settled_paise) AS settled_paise,
    sum(unsettled_count) AS unsettled_count,
    sum(unsettled_paise) AS unsettled_paise,
    sum(failed_count) AS failed_count,
    sum(failed_paise) AS failed_paise
  FROM added_up
  GROUP BY transaction_date
),

changes AS (
  SELECT
    transaction_date,
    count(*) AS changed_rows
  FROM changed
  GROUP BY transaction_date
),

closings AS (
  INSERT INTO sp_v2_day_closings (
    transaction_date, version, as_of, closed_at, changed_rows,
    attempted_count, attempted_paise, captured_count, captured_paise, reconciled_count,
    reconciled_paise, settled_count, settled_paise, unsettled_count, unsettled_paise,
    failed_count, failed_paise
  )
  SELECT
    days.transaction_date,
    COALESCE(before.version, 0) + 1,
    sp_v2_as_of.as_of,
    statement_timestamp(),
    COALESCE(changes.changed_rows, 0),
    COALESCE(totals.attempted_count, 0),
    COALESCE(totals.attempted_paise, 0),
    COALESCE(totals.captured_count, 0),
    COALESCE(totals.captured_paise, 0),
    COALESCE(totals.reconciled_count, 0),
    COALESCE(totals.reconciled_paise, 0),
    COALESCE(totals.settled_count, 0),
    COALESCE(totals.settled_paise, 0),
    COALESCE(totals.unsettled_count, 0),
    COALESCE(totals.unsettled_paise, 0),
    COALESCE(totals.failed_count, 0),
    COALESCE(totals.failed_paise, 0)
  FROM days
  CROSS JOIN sp_v2_as_of
  LEFT JOIN before USING (transaction_date)
  LEFT JOIN totals USING (transaction_date)
  LEFT JOIN changes USING (transaction_date)
  WHERE before.version IS NULL OR changes.changed_rows IS NOT NULL
  RETURNING *
),

written AS (
  INSERT INTO sp_v2_daily_closes (
    transaction_date, merchant_id, payment_method, source_type,
    version, as_of, closed_at,
    attempted_count, attempted_paise, captured_count, captured_paise, reconciled_count,
    reconciled_paise, settled_count, settled_paise, unsettled_count, unsettled_paise,
    failed_count, failed_paise
  )
  SELECT
    changed.transaction_date,
    changed.merchant_id,
    changed.payment_method,
    changed.source_type,
    closings.version,
    closings.as_of,
    closings.closed_at,
    changed.attempted_count,
    changed.attempted_paise,
    changed.captured_count,
    changed.captured_paise,
    changed.reconciled_count,
    changed.reconciled_paise,
    changed.settled_count,
    changed.settled_paise,
    changed.unsettled_count,
    changed.unsettled_paise,
    changed.failed_count,
    changed.failed_paise
  FROM changed
  JOIN closings USING (transaction_date)
  ON CONFLICT (transaction_date, merchant_id, payment_method, source_type) DO UPDATE SET
    version = EXCLUDED.version,
    as_of = EXCLUDED.as_of,
    closed_at = EXCLUDED.closed_at,
    attempted_count = EXCLUDED.attempted_count,
    attempted_paise = EXCLUDED.attempted_paise,
    captured_count = EXCLUDED.captured_count,
    captured_paise = EXCLUDED.captured_paise,
    reconciled_count = EXCLUDED.reconciled_count,
    reconciled_paise = EXCLUDED.reconciled_paise,
    settled_count = EXCLUDED.settled_count,
    settled_paise = EXCLUDED.settled_paise,
    unsettled_count = EXCLUDED.unsettled_count,
    unsettled_paise = EXCLUDED.unsettled_paise,
    failed_count = EXCLUDED.failed_count,
    failed_paise = EXCLUDED.failed_paise
)

SELECT
  days.transaction_date,
  COALESCE(closings.version, before.version) AS version,
  closings.version IS NOT NULL AS is_new,
  sp_v2_as_of.as_of,
  statement_timestamp() AS seen_at,
  COALESCE(totals.row_count, 0) AS row_count,
  COALESCE(changes.changed_rows, 0) AS changed_rows,
  COALESCE(totals.captured_paise, 0) AS captured_paise,
  COALESCE(totals.settled_paise, 0) AS settled_paise,
  COALESCE(totals.captured_paise, 0) - before.captured_paise AS captured_difference_paise,
  COALESCE(totals.settled_paise, 0) - before.settled_paise AS settled_difference_paise
FROM days
CROSS JOIN sp_v2_as_of
LEFT JOIN before USING (transaction_date)
LEFT JOIN closings USING (transaction_date)
LEFT JOIN totals USING (transaction_date)
LEFT JOIN changes USING (transaction_date)
ORDER BY days.transaction_date
