INSERT INTO sp_v2_restatements (transaction_id, reason, cause, batch_id) VALUES (%s, %s, %s, %s)
