UPDATE transactions_to_settle
SET status = %(status)s, updated_at = %(updated_at)s
WHERE txn_id = %(txn_id)s AND status <> %(status)s
