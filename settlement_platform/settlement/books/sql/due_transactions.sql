-- A merchant's captured payments with known money that are due and stand in no live batch. One that
-- the core says is settled was paid by the core itself.
SELECT transaction_id, expected_settlement_date, amount_paise, fee_paise, gst_paise,
  reserve_hold_paise, net_paise, terms_id, fee_rate_id
FROM sp_v2_transactions
WHERE merchant_id = %(merchant_id)s AND status = 'RECONCILED' AND captured_at IS NOT NULL
  AND deleted_at IS NULL AND net_paise IS NOT NULL
  AND expected_settlement_date <= %(cycle_date)s
  AND NOT EXISTS (
    SELECT FROM sp_v2_settlement_items AS item
    WHERE item.transaction_id = sp_v2_transactions.transaction_id
      AND item.item_state <> 'RELEASED')
