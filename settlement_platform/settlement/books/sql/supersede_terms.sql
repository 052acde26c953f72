UPDATE sp_v2_merchant_terms SET superseded_at = clock_timestamp()
WHERE terms_id = ANY(%(numbers)s) AND superseded_at IS NULL
