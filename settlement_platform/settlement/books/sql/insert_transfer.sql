INSERT INTO sp_v2_bank_transfers (batch_id, amount_paise, sent_date, utr) VALUES (%s, %s, %s, %s)
