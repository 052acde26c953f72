-- When the captures of a date are paid out under a cycle, kept for a moment.
CREATE TEMPORARY TABLE sp_v2_settlement_dates (
  capture_date DATE,
  cycle_days SMALLINT,
  expected_settlement_date DATE,
  calendar_version INT
) WITH (
  'connector' = 'jdbc',
  'url' = '${v2_jdbc_url}',
  'table-name' = 'sp_v2_settlement_dates',
  'lookup.cache' = 'PARTIAL',
  'lookup.partial-cache.max-rows' = '50000',
  'lookup.partial-cache.expire-after-write' = '${lookup_kept}'
)
