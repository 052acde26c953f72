-- The newest deployment of every job that Flink took.
SELECT job_name AS name, spec_hash AS version, flink_job_id, deployed_at
FROM sp_v2_job_deployments
WHERE flink_job_id IS NOT NULL
ORDER BY job_name
