INSERT INTO sp_v2_fee_rates (
  merchant_id, payment_method, fee_bps, fixed_paise, bearer, valid_from_at, valid_to_at, why,
  recorded_by)
VALUES (
  %(merchant_id)s, %(payment_method)s, %(fee_bps)s, %(fixed_paise)s, %(bearer)s,
  %(valid_from_at)s, %(valid_to_at)s, %(why)s, %(recorded_by)s)
RETURNING fee_rate_id, recorded_at
