UPDATE sp_v2_idempotency_keys SET answer = %(answer)s WHERE idempotency_key = %(key)s
