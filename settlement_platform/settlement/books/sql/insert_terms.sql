INSERT INTO sp_v2_merchant_terms (
  merchant_id, source, cycle_days, reserve_bps, valid_from_at, valid_to_at, why, recorded_by)
VALUES (
  %(merchant_id)s, 'v2', %(cycle_days)s, %(reserve_bps)s, %(valid_from_at)s, %(valid_to_at)s,
  %(why)s, %(recorded_by)s)
RETURNING terms_id, recorded_at
