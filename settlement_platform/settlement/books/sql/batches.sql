-- A page of batches, newest cycle first. Batches are never deleted, so one can mark the place.
SELECT batch.*, transfer.utr AS transfer_utr, transfer.value_date, transfer.sent_date,
  transfer.confirmed_by
FROM sp_v2_settlement_batches AS batch
LEFT JOIN sp_v2_bank_transfers AS transfer USING (batch_id)
WHERE (%(merchant_id)s::text IS NULL OR batch.merchant_id = %(merchant_id)s)
  AND (%(cycle_date)s::date IS NULL OR batch.cycle_date = %(cycle_date)s)
  AND (%(state)s::text IS NULL OR batch.state = %(state)s)
  AND (%(after)s::uuid IS NULL OR (batch.cycle_date, batch.batch_id) < (
    SELECT cycle_date, batch_id FROM sp_v2_settlement_batches WHERE batch_id = %(after)s))
ORDER BY batch.cycle_date DESC, batch.batch_id DESC
LIMIT %(limit)s
