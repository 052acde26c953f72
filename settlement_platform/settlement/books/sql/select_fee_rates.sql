SELECT fee_rate_id, recorded_at, valid_from_at, valid_to_at, why, merchant_id, payment_method,
  fee_bps, fixed_paise, bearer
FROM sp_v2_fee_rates WHERE merchant_id = %(merchant_id)s OR merchant_id IS NULL
ORDER BY fee_rate_id
