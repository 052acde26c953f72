-- The newest version of each payment of a run: when it was committed, in epoch microseconds.
SELECT
  txn_id,
  (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS committed_us
FROM transactions_to_settle
WHERE txn_id >= %(first)s AND txn_id < %(last)s AND starts_with(txn_id, %(first)s)
