UPDATE transactions_to_settle
SET merchant_code = %(merchant_code)s, updated_at = %(updated_at)s
WHERE txn_id = %(txn_id)s AND merchant_code <> %(merchant_code)s
