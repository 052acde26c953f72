UPDATE transactions_to_settle
SET amount = %(amount)s, updated_at = %(updated_at)s
WHERE txn_id = %(txn_id)s AND amount <> %(amount)s
