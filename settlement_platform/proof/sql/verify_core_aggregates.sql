-- What sp_v2_realtime_aggregates must hold, counted from the core's own rows and live batches' items.
-- MINUTE buckets are compared only where V2 surely keeps them: from minute_from_at on.
SELECT
  bucket.bucket_grain,
  bucket.bucket_start_at,
  t.txn_date AS transaction_date,
  t.merchant_code AS merchant_id,
  t.payment_mode AS payment_method,
  'SABPAISA_STREAM' AS source_type,
  COUNT(*) AS attempted_count,
  SUM(fact.paise) AS attempted_paise,
  COUNT(*) FILTER (WHERE fact.is_captured) AS captured_count,
  COALESCE(SUM(fact.paise) FILTER (WHERE fact.is_captured), 0) AS captured_paise,
  COUNT(*) FILTER (WHERE fact.is_captured) AS reconciled_count,
  COALESCE(SUM(fact.paise) FILTER (WHERE fact.is_captured), 0) AS reconciled_paise,
  COUNT(*) FILTER (WHERE fact.is_settled) AS settled_count,
  COALESCE(SUM(fact.paise) FILTER (WHERE fact.is_settled), 0) AS settled_paise,
  COUNT(*) FILTER (WHERE fact.is_failed) AS failed_count,
  COALESCE(SUM(fact.paise) FILTER (WHERE fact.is_failed), 0) AS failed_paise
FROM transactions_to_settle AS t
LEFT JOIN unnest(%(item_ids)s::text[]) AS item (transaction_id) ON t.txn_id = item.transaction_id
CROSS JOIN LATERAL (
  SELECT
    t.amount * 100 AS paise,
    t.is_settled = '1' OR item.transaction_id IS NOT NULL AS is_settled,
    t.is_settled = '1' OR item.transaction_id IS NOT NULL OR t.status = 'SUCCESS' AS is_captured,
    t.is_settled <> '1' AND item.transaction_id IS NULL
      AND t.status IN ('FAILED', 'CANCELLED', 'EXPIRED') AS is_failed
) AS fact
CROSS JOIN LATERAL (
  VALUES
  ('DAY', t.txn_date::timestamp AT TIME ZONE 'Asia/Kolkata'),
  (
    'HOUR',
    DATE_TRUNC('hour', t.created_at AT TIME ZONE 'Asia/Kolkata') AT TIME ZONE 'Asia/Kolkata'
  ),
  (
    'MINUTE',
    DATE_TRUNC('minute', t.created_at AT TIME ZONE 'Asia/Kolkata') AT TIME ZONE 'Asia/Kolkata'
  )
) AS bucket (bucket_grain, bucket_start_at)
WHERE
  (%(dates)s::date[] IS NULL OR t.txn_date = ANY(%(dates)s::date[]))
  AND (bucket.bucket_grain <> 'MINUTE' OR bucket.bucket_start_at >= %(minute_from_at)s)
  -- wanted: AND (t.txn_date, t.merchant_code, t.payment_mode) IN (
  -- wanted:   SELECT key_3::date, key_4, key_5 FROM wanted
  -- wanted: )
GROUP BY
  bucket.bucket_grain, bucket.bucket_start_at, t.txn_date, t.merchant_code, t.payment_mode
