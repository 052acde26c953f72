SELECT DISTINCT cycle_days FROM sp_v2_merchant_terms ORDER BY cycle_days
