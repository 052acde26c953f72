UPDATE sp_v2_fee_rates SET superseded_at = clock_timestamp()
WHERE fee_rate_id = ANY(%(numbers)s) AND superseded_at IS NULL
