SELECT request_hash, answer FROM sp_v2_idempotency_keys WHERE idempotency_key = %s
