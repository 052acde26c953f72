SELECT 1 FROM sp_v2_adjustments
WHERE adjustment_id = %(adjustment_id)s AND merchant_id = %(merchant_id)s AND kind = %(kind)s
  AND origin_id = %(origin_id)s AND due_date = %(due_date)s AND amount_paise = %(amount_paise)s
