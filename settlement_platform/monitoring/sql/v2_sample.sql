-- Some rows that V2 says are in the core now, by the core's table and key: the oldest and the newest
-- payments, those of them with a gateway's answer, and merchants. Looks at a bounded number of rows.
WITH newest AS (
  SELECT transaction_id, gateway, deleted_at
  FROM sp_v2_transactions
  ORDER BY transaction_date DESC, merchant_id DESC
  LIMIT 100
),
oldest AS (
  SELECT transaction_id, gateway, deleted_at
  FROM sp_v2_transactions
  ORDER BY transaction_date, merchant_id
  LIMIT 100
),
payments AS (
  (SELECT transaction_id, gateway FROM newest WHERE deleted_at IS NULL LIMIT 20)
  UNION
  (SELECT transaction_id, gateway FROM oldest WHERE deleted_at IS NULL LIMIT 20)
),
merchants AS (
  SELECT merchant_id, deleted_at FROM sp_v2_merchant_master ORDER BY merchant_id LIMIT 100
)
SELECT 'transactions_to_settle' AS table_name, transaction_id AS key FROM payments
UNION ALL
SELECT 'payment_gateway_response', transaction_id FROM payments WHERE gateway IS NOT NULL
UNION ALL
(SELECT 'merchant_data', merchant_id FROM merchants WHERE deleted_at IS NULL LIMIT 20)
