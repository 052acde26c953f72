INSERT INTO transactions_to_settle (
  txn_id, merchant_code, amount, payment_mode, txn_date, is_settled, status, created_at, updated_at
)
VALUES (
  %(txn_id)s, %(merchant_code)s, %(amount)s, %(payment_mode)s, %(txn_date)s, %(is_settled)s,
  %(status)s, %(created_at)s, %(updated_at)s
)
ON CONFLICT (txn_id) DO NOTHING
