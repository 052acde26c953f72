-- What sp_v2_transactions must hold, computed from the core's own rows and the items of live batches.
-- Written from the meaning of the columns, not from the statement that streams them.
SELECT
  t.txn_id AS transaction_id,
  t.merchant_code AS merchant_id,
  t.amount * 100 AS amount_paise,
  t.payment_mode AS payment_method,
  t.txn_date AS transaction_date,
  'SABPAISA_STREAM' AS source_type,
  CASE
    WHEN fact.is_settled THEN 'SETTLED'
    WHEN t.status = 'SUCCESS' THEN 'RECONCILED'
    WHEN fact.is_failed THEN 'FAILED'
    WHEN t.status IN ('INITIATED', 'PENDING') THEN 'PENDING'
  END AS status,
  t.created_at,
  CASE WHEN fact.is_captured THEN COALESCE(g.responded_at, t.created_at) END AS captured_at,
  CASE WHEN fact.is_captured THEN COALESCE(g.responded_at, t.created_at) END AS reconciled_at,
  CASE
    WHEN item.batch_id IS NOT NULL THEN item.settled_at
    WHEN fact.is_settled THEN t.updated_at
  END AS settled_at,
  item.paid_out_at,
  item.batch_id AS settlement_batch_id,
  g.gateway,
  CASE WHEN fact.is_failed THEN COALESCE(g.response_code, t.status) END AS failure_code,
  CASE
    WHEN NOT fact.is_failed THEN NULL
    WHEN STARTS_WITH(g.response_code, 'BANK_') THEN 'bank'
    WHEN STARTS_WITH(g.response_code, 'GW_') THEN 'gateway'
    WHEN STARTS_WITH(g.response_code, 'MERCHANT_') THEN 'merchant'
    WHEN STARTS_WITH(g.response_code, 'OPS_') THEN 'operations'
    ELSE 'system'
  END AS failure_owner
FROM transactions_to_settle AS t
LEFT JOIN payment_gateway_response AS g ON t.txn_id = g.txn_id
LEFT JOIN unnest(
  %(item_ids)s::text[], %(item_batches)s::text[],
  %(items_settled_at)s::timestamptz[], %(items_paid_out_at)s::timestamptz[]
) AS item (transaction_id, batch_id, settled_at, paid_out_at) ON t.txn_id = item.transaction_id
CROSS JOIN LATERAL (
  SELECT
    t.is_settled = '1' OR item.batch_id IS NOT NULL AS is_settled,
    t.is_settled = '1' OR item.batch_id IS NOT NULL OR t.status = 'SUCCESS' AS is_captured,
    t.is_settled <> '1' AND item.batch_id IS NULL
      AND t.status IN ('FAILED', 'CANCELLED', 'EXPIRED') AS is_failed
) AS fact
WHERE
  (%(dates)s::date[] IS NULL OR t.txn_date = ANY(%(dates)s::date[]))
  -- wanted: AND t.txn_id IN (SELECT key_1 FROM wanted)
