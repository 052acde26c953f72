-- The captured tables: about how many rows each has, and how often rows of it were changed.
SELECT
  relname AS table_name,
  n_live_tup AS row_estimate,
  n_tup_ins + n_tup_upd + n_tup_del AS changes_count
FROM pg_stat_user_tables
WHERE schemaname = %(schema)s AND relname = ANY(%(tables)s)
