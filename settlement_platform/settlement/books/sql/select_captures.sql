SELECT transaction_id, payment_method, captured_at
FROM sp_v2_transactions
WHERE merchant_id = %(merchant_id)s AND deleted_at IS NULL
  AND captured_at >= %(valid_from_at)s
  AND (%(valid_to_at)s::timestamptz IS NULL OR captured_at < %(valid_to_at)s)
ORDER BY captured_at, transaction_id
