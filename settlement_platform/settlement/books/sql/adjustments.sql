-- A merchant's adjustments, and what of each stands in live batches or was paid from the reserve.
SELECT adjustment_id, kind, origin_id, due_date, amount_paise,
  COALESCE((
    SELECT sum(part.amount_paise)
    FROM sp_v2_adjustment_parts AS part
    JOIN sp_v2_settlement_batches AS batch USING (batch_id)
    WHERE part.adjustment_id = sp_v2_adjustments.adjustment_id
      AND batch.state NOT IN ('FAILED', 'CANCELLED')), 0)
  - COALESCE((
    SELECT sum(entry.amount_paise)
    FROM sp_v2_reserve_ledger AS entry
    WHERE entry.adjustment_id = sp_v2_adjustments.adjustment_id
      AND entry.merchant_id = sp_v2_adjustments.merchant_id), 0)
FROM sp_v2_adjustments
WHERE merchant_id = %s
