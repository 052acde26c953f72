-- The cube of V2, as far as it counts what the core has. A bucket that every payment has left
-- stays as a row of zeros, which says the same as no row.
SELECT
  bucket_grain,
  bucket_start_at,
  transaction_date,
  merchant_id,
  payment_method,
  source_type,
  attempted_count,
  attempted_paise,
  captured_count,
  captured_paise,
  reconciled_count,
  reconciled_paise,
  settled_count,
  settled_paise,
  failed_count,
  failed_paise,
  source_lsn
FROM sp_v2_realtime_aggregates
WHERE
  source_type <> 'MANUAL_UPLOAD'
  AND (%(dates)s::date[] IS NULL OR transaction_date = ANY(%(dates)s::date[]))
  AND (bucket_grain <> 'MINUTE' OR bucket_start_at >= %(minute_from_at)s)
  AND (
    attempted_count <> 0 OR attempted_paise <> 0
    OR captured_count <> 0 OR captured_paise <> 0
    OR reconciled_count <> 0 OR reconciled_paise <> 0
    OR settled_count <> 0 OR settled_paise <> 0
    OR failed_count <> 0 OR failed_paise <> 0
  )
  -- wanted: AND (
  -- wanted:   bucket_grain, bucket_start_at, transaction_date,
  -- wanted:   merchant_id, payment_method, source_type
  -- wanted: ) IN (
  -- wanted:   SELECT
  -- wanted:     key_1, key_2::timestamp AT TIME ZONE 'UTC', key_3::date,
  -- wanted:     key_4, key_5, key_6
  -- wanted:   FROM wanted
  -- wanted: )
