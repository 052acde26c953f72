-- The connector's slot: whether somebody reads it, how much log it holds back, and how much it may.
SELECT
  s.active,
  s.wal_status,
  pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint AS retained_bytes,
  (SELECT setting::bigint FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS limit_mib
FROM pg_replication_slots AS s
WHERE s.slot_name = %(slot)s
