SELECT terms_id, recorded_at, valid_from_at, valid_to_at, why, cycle_days, reserve_bps
FROM sp_v2_merchant_terms WHERE merchant_id = %s ORDER BY terms_id
