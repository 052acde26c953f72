-- Each payment of a run in the floor: of which commit of the core it tells (a subscriber keeps the
-- publisher's commit timestamps), and when it was applied; both in epoch microseconds.
SELECT
  txn_id,
  (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS of_us,
  (extract(epoch FROM applied_at) * 1000000)::bigint AS visible_us
FROM transactions_to_settle
WHERE txn_id >= %(first)s AND txn_id < %(last)s AND starts_with(txn_id, %(first)s)
