-- Payments as V2 has them, whatever the core has.
SELECT
  transaction_id, merchant_id, amount_paise, payment_method, transaction_date, status, created_at,
  gateway_lsn
FROM sp_v2_transactions
WHERE transaction_id = ANY(%(transaction_ids)s)
