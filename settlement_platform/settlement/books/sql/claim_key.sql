-- A second request under the same key waits here until the first has ended.
INSERT INTO sp_v2_idempotency_keys (idempotency_key, request_hash) VALUES (%s, %s)
ON CONFLICT (idempotency_key) DO NOTHING RETURNING idempotency_key
