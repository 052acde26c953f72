-- Who may have something to be paid by a cycle date, and has no live batch for it.
WITH batch AS (SELECT %s::date AS cycle_date),
candidate AS (
  SELECT merchant_id
  FROM sp_v2_transactions, batch
  WHERE status = 'RECONCILED' AND captured_at IS NOT NULL AND deleted_at IS NULL
    AND net_paise IS NOT NULL AND expected_settlement_date <= cycle_date
    AND NOT EXISTS (
      SELECT FROM sp_v2_settlement_items AS item
      WHERE item.transaction_id = sp_v2_transactions.transaction_id
        AND item.item_state <> 'RELEASED')
  UNION
  SELECT merchant_id FROM sp_v2_adjustments, batch WHERE due_date <= cycle_date
  UNION
  SELECT merchant_id FROM sp_v2_reserve_ledger WHERE kind = 'HOLD'
)
SELECT merchant_id
FROM candidate, batch
WHERE NOT EXISTS (
  SELECT FROM sp_v2_settlement_batches AS live
  WHERE live.merchant_id = candidate.merchant_id AND live.cycle_date = batch.cycle_date
    AND live.state NOT IN ('FAILED', 'CANCELLED'))
ORDER BY merchant_id
