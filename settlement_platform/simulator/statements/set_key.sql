UPDATE transactions_to_settle
SET txn_id = %(new_txn_id)s, updated_at = %(updated_at)s
WHERE txn_id = %(old_txn_id)s
