-- The earliest business date that a payment may have been captured on, or has a date already.
SELECT LEAST(
  (SELECT min(transaction_date) FROM sp_v2_transactions),
  (SELECT min(capture_date) FROM sp_v2_settlement_dates))
