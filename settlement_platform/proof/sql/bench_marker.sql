-- One marker payment of the visibility probe.
INSERT INTO transactions_to_settle (
  txn_id, merchant_code, amount, payment_mode, txn_date, is_settled, status, created_at, updated_at
)
VALUES (
  %(txn_id)s, 'BENCHM001', 1.00, 'UPI', (now() AT TIME ZONE 'Asia/Kolkata')::date, '0', 'SUCCESS',
  now(), now()
)
