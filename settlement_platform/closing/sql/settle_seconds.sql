-- How long each settled payment of a range waited: from its capture, in seconds.
SELECT
  transaction_date,
  merchant_id,
  extract(EPOCH FROM settled_at - captured_at)::float8 AS settle_seconds
FROM sp_v2_transactions
WHERE
  deleted_at IS NULL
  AND settled_at IS NOT NULL
  AND captured_at IS NOT NULL
  AND transaction_date BETWEEN %(first_date)s AND %(last_date)s
