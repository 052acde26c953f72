UPDATE payment_gateway_response
SET txn_id = %(new_txn_id)s
WHERE txn_id = %(old_txn_id)s
