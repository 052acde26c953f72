INSERT INTO sp_v2_reserve_ledger (
  merchant_id, kind, hold_id, batch_id, adjustment_id, entry_date, amount_paise)
VALUES (%s, %s, %s, %s, %s, %s, %s)
