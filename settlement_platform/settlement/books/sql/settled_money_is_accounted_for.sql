-- Each sum of a live batch against the rows that it is of; each merchant's reserve and adjustments.
WITH live AS (
  SELECT * FROM sp_v2_settlement_batches WHERE state NOT IN ('FAILED', 'CANCELLED')
),
items AS (
  SELECT batch_id, count(*) AS item_count, sum(amount_paise) AS gross, sum(fee_paise) AS fee,
    sum(gst_paise) AS gst, sum(reserve_hold_paise) AS held, sum(net_paise) AS net
  FROM sp_v2_settlement_items WHERE item_state <> 'RELEASED' GROUP BY batch_id
),
reserve AS (
  SELECT batch_id, COALESCE(sum(amount_paise) FILTER (WHERE kind = 'HOLD'), 0) AS held,
    COALESCE(sum(amount_paise) FILTER (WHERE kind = 'RELEASE'), 0) AS released
  FROM sp_v2_reserve_ledger WHERE batch_id IS NOT NULL GROUP BY batch_id
),
parts AS (
  SELECT batch_id, sum(amount_paise) AS applied FROM sp_v2_adjustment_parts GROUP BY batch_id
),
sums AS (
  SELECT live.*, COALESCE(items.item_count, 0) AS items, COALESCE(items.gross, 0) AS gross,
    COALESCE(items.fee, 0) AS fee, COALESCE(items.gst, 0) AS gst, COALESCE(items.held, 0) AS held,
    COALESCE(items.net, 0) AS net, COALESCE(reserve.held, 0) AS ledger_held,
    COALESCE(reserve.released, 0) AS released, COALESCE(parts.applied, 0) AS applied
  FROM live
  LEFT JOIN items USING (batch_id)
  LEFT JOIN reserve USING (batch_id)
  LEFT JOIN parts USING (batch_id)
),
holds AS (
  SELECT entry.merchant_id, entry.hold_id,
    sum(CASE entry.kind WHEN 'HOLD' THEN entry.amount_paise ELSE -entry.amount_paise END) AS left_paise
  FROM sp_v2_reserve_ledger AS entry
  LEFT JOIN live USING (batch_id)
  WHERE entry.batch_id IS NULL OR live.batch_id IS NOT NULL
  GROUP BY entry.merchant_id, entry.hold_id
),
adjusted AS (
  SELECT adjustment.adjustment_id, adjustment.amount_paise,
    COALESCE((
      SELECT sum(part.amount_paise) FROM sp_v2_adjustment_parts AS part JOIN live USING (batch_id)
      WHERE part.adjustment_id = adjustment.adjustment_id), 0)
    - COALESCE((
      SELECT sum(entry.amount_paise) FROM sp_v2_reserve_ledger AS entry
      WHERE entry.adjustment_id = adjustment.adjustment_id), 0) AS applied
  FROM sp_v2_adjustments AS adjustment
),
told AS (
  SELECT merchant_id || ' ' || cycle_date AS subject, law, expected, actual
  FROM sums, LATERAL (VALUES
    ('items of a batch', items, item_count),
    ('gross of a batch = amounts', gross, gross_paise),
    ('fee of a batch = fees', fee, fee_paise),
    ('GST of a batch = GST', gst, gst_paise),
    ('held by a batch = holds of its items', held, reserve_held_paise),
    ('held by a batch = its hold in the ledger', ledger_held, reserve_held_paise),
    ('released by a batch = its releases in the ledger', released, reserve_released_paise),
    ('adjustments of a batch = parts', applied, adjustments_paise),
    ('net of a batch = items + releases + adjustments', net + released + applied, net_paise),
    ('settled = net + fee + GST + reserve held', gross, net + fee + gst + ledger_held)
  ) AS law (law, expected, actual)
  UNION ALL
  SELECT merchant_id || ' hold ' || hold_id, 'taken of a hold <= hold', 0, left_paise
  FROM holds WHERE left_paise < 0
  UNION ALL
  SELECT adjustment_id, 'applied of an adjustment <= it', amount_paise, applied
  FROM adjusted WHERE abs(applied) > abs(amount_paise) OR sign(applied) = -sign(amount_paise)
)
SELECT law, subject, expected, actual FROM told WHERE expected <> actual ORDER BY 2, 1
