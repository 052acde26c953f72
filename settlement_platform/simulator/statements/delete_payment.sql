DELETE FROM transactions_to_settle WHERE txn_id = %(txn_id)s
