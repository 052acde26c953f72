INSERT INTO sp_v2_settlement_batches (
  batch_id, merchant_id, cycle_date, state, item_count, gross_paise, fee_paise, gst_paise,
  reserve_held_paise, reserve_released_paise, adjustments_paise, net_paise, calculated_at,
  calculated_by)
VALUES (
  %(batch_id)s, %(merchant_id)s, %(cycle_date)s, 'CALCULATED', %(item_count)s, %(gross_paise)s,
  %(fee_paise)s, %(gst_paise)s, %(reserve_held_paise)s, %(reserve_released_paise)s,
  %(adjustments_paise)s, %(net_paise)s, clock_timestamp(), %(actor)s)
RETURNING calculated_at
