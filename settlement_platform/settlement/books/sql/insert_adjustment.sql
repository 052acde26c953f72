INSERT INTO sp_v2_adjustments (
  adjustment_id, merchant_id, kind, origin_id, due_date, amount_paise, recorded_by)
VALUES (
  %(adjustment_id)s, %(merchant_id)s, %(kind)s, %(origin_id)s, %(due_date)s, %(amount_paise)s,
  %(actor)s)
ON CONFLICT (adjustment_id) DO NOTHING
RETURNING adjustment_id
