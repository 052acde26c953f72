-- The first payments of each client of a run. Payments with an even number wait for their outcome,
-- those with an odd one are captured and can be settled: the scripts count on it.
INSERT INTO transactions_to_settle (
  txn_id, merchant_code, amount, payment_mode, txn_date, is_settled, status, created_at, updated_at
)
SELECT
  'BENCH-' || %(token)s || '-' || client || '-' || number,
  'BENCHM' || lpad((1 + number %% 200)::text, 3, '0'),
  100 + number,
  'UPI',
  (now() AT TIME ZONE 'Asia/Kolkata')::date,
  '0',
  CASE WHEN number %% 2 = 0 THEN 'PENDING' ELSE 'SUCCESS' END,
  now(),
  now()
FROM
  generate_series(0, %(clients)s - 1) AS client,
  generate_series(1, %(rows_a_client)s) AS number
