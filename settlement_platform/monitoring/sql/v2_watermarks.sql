-- How far V2 has come: its clock, as_of, the newest canary, the newest closed business day, about how
-- many rows each table has, and the jobs that fill them.
SELECT
  clock_timestamp() AS now,
  (SELECT max(as_of) FROM sp_v2_as_of) AS as_of,
  max(core_at) AS core_at,
  max(kafka_at) AS kafka_at,
  max(loaded_at) AS loaded_at,
  (SELECT max(transaction_date) FROM sp_v2_day_closings) AS closed_through,
  (
    SELECT COALESCE(json_object_agg(relname, n_live_tup), '{}')
    FROM pg_stat_user_tables
    WHERE schemaname = 'public'
  ) AS row_estimates,
  (
    SELECT COALESCE(json_object_agg(job_name, flink_job_id), '{}')
    FROM sp_v2_job_deployments
    WHERE flink_job_id IS NOT NULL
  ) AS flink_job_ids
FROM sp_v2_canary
