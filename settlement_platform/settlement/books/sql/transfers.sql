-- A transfer whose batch failed or was cancelled confirms nothing.
SELECT transfer.batch_id, transfer.utr, transfer.amount_paise, transfer.sent_date, batch.state
FROM sp_v2_bank_transfers AS transfer
JOIN sp_v2_settlement_batches AS batch USING (batch_id)
WHERE batch.state IN ('SENT', 'CREDITED')
