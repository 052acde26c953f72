-- What an adjustment may be of: a merchant's captured payment, or of a reversal its adjustment.
SELECT 1 FROM sp_v2_transactions
WHERE %(kind)s <> 'REVERSAL' AND transaction_id = %(origin_id)s
  AND merchant_id = %(merchant_id)s AND captured_at IS NOT NULL
UNION ALL
SELECT 1 FROM sp_v2_adjustments
WHERE %(kind)s = 'REVERSAL' AND adjustment_id = %(origin_id)s
  AND merchant_id = %(merchant_id)s AND kind <> 'REVERSAL'
