SELECT batch.*, transfer.utr AS transfer_utr, transfer.value_date, transfer.sent_date,
  transfer.confirmed_by
FROM sp_v2_settlement_batches AS batch
LEFT JOIN sp_v2_bank_transfers AS transfer USING (batch_id)
WHERE batch.batch_id = %s
