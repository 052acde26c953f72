SELECT batch_id FROM sp_v2_settlement_batches
WHERE cycle_date = %s AND state = 'CALCULATED' ORDER BY merchant_id
