-- The cube: every stage of a bucket in one row, in three grains. Buckets follow the business clock
-- (Asia/Kolkata, UTC+5:30); MINUTE holds what was committed within 48 hours of its creation.
INSERT INTO sp_v2_realtime_aggregates
SELECT
  bucket_grain,
  bucket_start_at,
  transaction_date,
  merchant_id,
  payment_method,
  source_type,
  SUM(attempted) AS attempted_count,
  SUM(CAST(attempted * amount_paise AS DECIMAL(38, 0))) AS attempted_paise,
  SUM(captured) AS captured_count,
  SUM(CAST(captured * amount_paise AS DECIMAL(38, 0))) AS captured_paise,
  SUM(captured) AS reconciled_count,
  SUM(CAST(captured * amount_paise AS DECIMAL(38, 0))) AS reconciled_paise,
  SUM(settled) AS settled_count,
  SUM(CAST(settled * amount_paise AS DECIMAL(38, 0))) AS settled_paise,
  SUM(failed) AS failed_count,
  SUM(CAST(failed * amount_paise AS DECIMAL(38, 0))) AS failed_paise,
  MAX(source_lsn) AS source_lsn,
  COUNT(*) AS source_events,
  CAST(TO_TIMESTAMP_LTZ(MAX(change_committed_ms), 3) AS STRING) AS source_committed_at
FROM (
  SELECT
    bucket_grain,
    bucket_local_at - INTERVAL '05:30' HOUR TO MINUTE AS bucket_start_at,
    transaction_date,
    merchant_id,
    payment_method,
    source_type,
    CASE WHEN state <> 'DELETED' THEN weight ELSE 0 END AS attempted,
    CASE WHEN state IN ('SETTLED', 'SUCCESS') THEN weight ELSE 0 END AS captured,
    CASE WHEN state = 'SETTLED' THEN weight ELSE 0 END AS settled,
    CASE WHEN state IN ('FAILED', 'CANCELLED', 'EXPIRED') THEN weight ELSE 0 END AS failed,
    amount_paise,
    source_lsn,
    change_committed_ms
  FROM (
    SELECT
      weight,
      merchant_id,
      payment_method,
      source_type,
      state,
      source_lsn,
      change_committed_ms,
      CAST(CAST(amount AS DECIMAL(14, 2)) * 100 AS BIGINT) AS amount_paise,
      TIMESTAMPADD(DAY, CAST(transaction_days AS INT), DATE '1970-01-01') AS transaction_date,
      CAST(REPLACE(REPLACE(created_at, 'T', ' '), 'Z', '') AS TIMESTAMP(6))
        + INTERVAL '05:30' HOUR TO MINUTE AS created_local_at,
      CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS TIMESTAMP(6))
        + INTERVAL '05:30' HOUR TO MINUTE AS committed_local_at
    FROM transaction_changes
  )
  CROSS JOIN UNNEST(ARRAY[
    ROW(
      CASE WHEN created_local_at >= committed_local_at - INTERVAL '48' HOUR THEN 'MINUTE' END,
      FLOOR(created_local_at TO MINUTE)),
    ROW('HOUR', FLOOR(created_local_at TO HOUR)),
    ROW('DAY', CAST(transaction_date AS TIMESTAMP(6)))
  ]) AS grains (bucket_grain, bucket_local_at)
  WHERE bucket_grain IS NOT NULL
)
GROUP BY bucket_grain, bucket_start_at, transaction_date, merchant_id, payment_method,
  source_type
