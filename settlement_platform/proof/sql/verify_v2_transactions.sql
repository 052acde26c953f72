-- The transactions of V2 that come from the core. One that the core deleted is kept in V2 with
-- deleted_at and counts as absent; an upload that the core never had is not the core's business.
SELECT
  transaction_id,
  merchant_id,
  amount_paise,
  payment_method,
  transaction_date,
  source_type,
  status,
  created_at,
  captured_at,
  reconciled_at,
  settled_at,
  paid_out_at,
  settlement_batch_id,
  gateway,
  failure_code,
  failure_owner,
  source_lsn,
  gateway_lsn
FROM sp_v2_transactions
WHERE
  deleted_at IS NULL
  AND source_type <> 'MANUAL_UPLOAD'
  AND (%(dates)s::date[] IS NULL OR transaction_date = ANY(%(dates)s::date[]))
  -- wanted: AND transaction_id IN (SELECT key_1 FROM wanted)
