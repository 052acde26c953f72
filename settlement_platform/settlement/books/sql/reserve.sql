-- What counts of a merchant's reserve: entries of live batches, and what was consumed.
SELECT entry.kind, entry.hold_id::text, COALESCE(entry.batch_id::text, entry.adjustment_id),
  entry.entry_date, entry.amount_paise, batch.state
FROM sp_v2_reserve_ledger AS entry
LEFT JOIN sp_v2_settlement_batches AS batch USING (batch_id)
WHERE entry.merchant_id = %s
  AND (batch.state IS NULL OR batch.state NOT IN ('FAILED', 'CANCELLED'))
