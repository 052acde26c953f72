-- A date of V2 as it should not be: wrong amounts, ghosts, missing rows, a wrong bucket.
UPDATE sp_v2_transactions SET amount_paise = 1
WHERE transaction_id IN (
  SELECT transaction_id FROM sp_v2_transactions
  WHERE transaction_date = %(day)s AND deleted_at IS NULL ORDER BY transaction_id LIMIT 500
);
INSERT INTO sp_v2_transactions
SELECT
  (jsonb_populate_record(
    t, jsonb_build_object('transaction_id', 'DRILL-GHOST-' || t.transaction_id)
  )).*
FROM sp_v2_transactions AS t
WHERE t.transaction_date = %(day)s AND NOT starts_with(t.transaction_id, 'DRILL-GHOST-')
ORDER BY t.transaction_id
LIMIT 100
ON CONFLICT DO NOTHING;
DELETE FROM sp_v2_transactions
WHERE transaction_id IN (
  SELECT transaction_id FROM sp_v2_transactions
  WHERE
    transaction_date = %(day)s AND deleted_at IS NULL
    AND NOT starts_with(transaction_id, 'DRILL-GHOST-')
  ORDER BY transaction_id DESC
  LIMIT 500
);
UPDATE sp_v2_realtime_aggregates SET captured_paise = 7
WHERE bucket_grain = 'DAY' AND transaction_date = %(day)s
