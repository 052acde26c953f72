UPDATE transactions_to_settle
SET is_settled = %(is_settled)s, updated_at = %(updated_at)s
WHERE txn_id = %(txn_id)s AND is_settled <> %(is_settled)s
