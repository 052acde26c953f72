-- One row if any payment of a seeded run is in the core. Both ends make the primary key's index
-- serve; the prefix makes it exact under every collation.
SELECT 1
FROM transactions_to_settle
WHERE
  txn_id BETWEEN %(first_txn_id)s AND %(last_txn_id)s
  AND starts_with(txn_id, %(prefix)s)
LIMIT 1
