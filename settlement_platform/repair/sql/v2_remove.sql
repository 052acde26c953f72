-- Ghosts with a version that the core's log has not come to: no record of the stream passes them.
UPDATE sp_v2_transactions
SET deleted_at = clock_timestamp()
WHERE
  transaction_id = ANY(%(transaction_ids)s)
  AND deleted_at IS NULL
  AND (source_lsn > %(lsn)s OR gateway_lsn > %(lsn)s)
