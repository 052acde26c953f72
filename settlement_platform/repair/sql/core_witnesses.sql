-- One payment of each of these buckets: read again, it makes the stream write the bucket again.
SELECT DISTINCT ON (
  wanted.bucket_grain, wanted.bucket_start_at, t.txn_date, t.merchant_code, t.payment_mode
) t.txn_id
FROM unnest(
  %(grains)s::text[], %(starts)s::timestamp[], %(dates)s::date[], %(merchants)s::text[],
  %(methods)s::text[]
) AS wanted (bucket_grain, bucket_start_at, transaction_date, merchant_id, payment_method)
INNER JOIN transactions_to_settle AS t
  ON
    wanted.transaction_date = t.txn_date
    AND wanted.merchant_id = t.merchant_code
    AND wanted.payment_method = t.payment_mode
WHERE
  wanted.bucket_grain = 'DAY'
  OR wanted.bucket_start_at = (
    DATE_TRUNC(wanted.bucket_grain, t.created_at AT TIME ZONE 'Asia/Kolkata')
    AT TIME ZONE 'Asia/Kolkata'
  ) AT TIME ZONE 'UTC'
ORDER BY
  wanted.bucket_grain, wanted.bucket_start_at, t.txn_date, t.merchant_code, t.payment_mode,
  t.txn_id
