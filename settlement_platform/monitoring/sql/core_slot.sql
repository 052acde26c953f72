-- The connector's slot: whether somebody reads it, how much log it holds back, and how much it may;
-- how much more may be written before it is lost, and how fast the core writes. That is the mean
-- since the server's last checkpoint, a quarter of an hour at most.
SELECT
  s.active,
  s.wal_status,
  pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint AS retained_bytes,
  (SELECT setting::bigint FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS limit_mib,
  s.safe_wal_size AS left_bytes,
  (
    SELECT
      pg_wal_lsn_diff(pg_current_wal_lsn(), c.redo_lsn)
      / greatest(extract(epoch FROM clock_timestamp() - c.checkpoint_time), 10)
    FROM pg_control_checkpoint() AS c
  )::float8 AS written_bytes_per_second
FROM pg_replication_slots AS s
WHERE s.slot_name = %(slot)s
