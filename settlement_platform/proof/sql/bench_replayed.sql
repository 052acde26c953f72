-- What a replay has brought, of what the core had committed before a position in its log: payments,
-- versions of them with history, and the first and last instant in epoch microseconds at which
-- one of these versions was there.
WITH version AS (
  SELECT transaction_id, loaded_at, greatest(loaded_at, pg_xact_commit_timestamp(xmin)) AS there_at
  FROM sp_v2_transactions
  WHERE source_lsn < %(lsn)s AND gateway_lsn < %(lsn)s
  UNION ALL
  SELECT transaction_id, loaded_at, loaded_at AS there_at
  FROM sp_v2_transaction_history
  WHERE source_lsn < %(lsn)s AND gateway_lsn < %(lsn)s
)
SELECT
  count(DISTINCT transaction_id) AS row_count,
  count(*) AS version_count,
  (extract(epoch FROM min(loaded_at)) * 1000000)::bigint AS first_us,
  (extract(epoch FROM max(there_at)) * 1000000)::bigint AS last_us
FROM version
