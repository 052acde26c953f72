COPY sp_v2_settlement_items (
  batch_id, transaction_id, merchant_id, due_date, amount_paise, fee_paise, gst_paise,
  reserve_hold_paise, net_paise, item_state, settled_at,
  terms_id, fee_rate_id)
FROM STDIN
