-- One chunk of payments that ended well, each with its gateway's answer.
WITH payment AS (
  INSERT INTO transactions_to_settle (
    txn_id, merchant_code, amount, payment_mode, txn_date, is_settled, status, created_at,
    updated_at
  )
  SELECT
    'BENCH-' || %(token)s || '-' || number,
    'BENCHM' || lpad((1 + number %% 200)::text, 3, '0'),
    100 + number %% 50000,
    (ARRAY['UPI', 'UPI', 'UPI', 'CARD', 'NETBANKING'])[1 + number %% 5],
    (now() AT TIME ZONE 'Asia/Kolkata')::date,
    '0',
    'SUCCESS',
    now(),
    now()
  FROM generate_series(%(first)s::integer, %(last)s::integer) AS number
  RETURNING txn_id, created_at
)
INSERT INTO payment_gateway_response (
  txn_id, gateway, response_code, response_message, responded_at
)
SELECT txn_id, 'BENCHGATE', '00', 'Approved', created_at FROM payment
