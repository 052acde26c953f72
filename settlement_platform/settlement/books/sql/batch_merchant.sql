SELECT merchant_id FROM sp_v2_settlement_batches WHERE batch_id = %s
