-- Buckets of the cube that count nothing in the core: zeros, which say the same as no row. One that
-- counts a payment which came after the core was looked at is none of them.
UPDATE sp_v2_realtime_aggregates AS cube
SET
  attempted_count = 0, attempted_paise = 0,
  captured_count = 0, captured_paise = 0,
  reconciled_count = 0, reconciled_paise = 0,
  settled_count = 0, settled_paise = 0,
  failed_count = 0, failed_paise = 0
FROM unnest(
  %(grains)s::text[], %(starts)s::timestamp[], %(dates)s::date[], %(merchants)s::text[],
  %(methods)s::text[], %(sources)s::text[]
) AS empty (
  bucket_grain, bucket_start_at, transaction_date, merchant_id, payment_method, source_type
)
WHERE
  cube.bucket_grain = empty.bucket_grain
  AND cube.bucket_start_at = empty.bucket_start_at AT TIME ZONE 'UTC'
  AND cube.transaction_date = empty.transaction_date
  AND cube.merchant_id = empty.merchant_id
  AND cube.payment_method = empty.payment_method
  AND cube.source_type = empty.source_type
  AND cube.source_lsn <= %(lsn)s
