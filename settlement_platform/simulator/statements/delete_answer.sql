DELETE FROM payment_gateway_response WHERE txn_id = %(txn_id)s
