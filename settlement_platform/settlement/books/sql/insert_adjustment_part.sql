INSERT INTO sp_v2_adjustment_parts (batch_id, adjustment_id, amount_paise) VALUES (%s, %s, %s)
