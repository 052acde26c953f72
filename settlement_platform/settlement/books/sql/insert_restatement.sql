INSERT INTO sp_v2_restatements (transaction_id, reason, cause) VALUES (%s, %s, %s)
