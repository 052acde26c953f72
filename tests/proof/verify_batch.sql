-- T2, which the core says is not settled, stands in a live batch.
INSERT INTO sp_v2_settlement_batches (
  batch_id, merchant_id, cycle_date, state, item_count, gross_paise, fee_paise, gst_paise,
  reserve_held_paise, reserve_released_paise, adjustments_paise, net_paise, calculated_at,
  calculated_by
) VALUES (
  'c0ffee00-0000-4000-8000-000000000002', 'm1', '2025-10-02', 'CALCULATED', 1, 20000, 0, 0, 0, 0, 0,
  20000, '2025-10-03T04:00Z', 'a test'
);
INSERT INTO sp_v2_settlement_items (
  batch_id, transaction_id, merchant_id, due_date, amount_paise, fee_paise, gst_paise,
  reserve_hold_paise, net_paise, item_state, settled_at
) VALUES (
  'c0ffee00-0000-4000-8000-000000000002', 'T2', 'm1', '2025-10-02', 20000, 0, 0, 0, 20000, 'LIVE',
  '2025-10-03T04:00Z'
);
