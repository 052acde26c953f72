INSERT INTO payment_gateway_response (
  txn_id, gateway, response_code, response_message, responded_at
)
VALUES (
  %(txn_id)s, %(gateway)s, %(response_code)s, %(response_message)s, %(responded_at)s
)
ON CONFLICT (txn_id) DO NOTHING
