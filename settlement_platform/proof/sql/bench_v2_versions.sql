-- Each payment of a run in V2: of which commit of the core it tells, and when it was committed here;
-- both in epoch microseconds.
SELECT
  transaction_id,
  (extract(epoch FROM source_committed_at) * 1000000)::bigint AS of_us,
  (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS visible_us
FROM sp_v2_transactions
WHERE
  transaction_id >= %(first)s
  AND transaction_id < %(last)s
  AND starts_with(transaction_id, %(first)s)
