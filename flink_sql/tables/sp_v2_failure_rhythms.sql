-- How often a gateway usually answers with a failure code, kept for a while.
CREATE TEMPORARY TABLE sp_v2_failure_rhythms (
  gateway STRING,
  failure_code STRING,
  share DOUBLE
) WITH (
  'connector' = 'jdbc',
  'url' = '${v2_jdbc_url}',
  'table-name' = 'sp_v2_failure_rhythms',
  'lookup.cache' = 'PARTIAL',
  'lookup.partial-cache.max-rows' = '50000',
  'lookup.partial-cache.expire-after-write' = '${rhythm_kept}'
)
