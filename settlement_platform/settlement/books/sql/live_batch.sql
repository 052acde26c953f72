SELECT batch_id FROM sp_v2_settlement_batches
WHERE merchant_id = %(merchant_id)s AND cycle_date = %(cycle_date)s
  AND state NOT IN ('FAILED', 'CANCELLED')
