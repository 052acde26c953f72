-- What a merchant usually captures in an hour of the day, by the days before, kept for a while.
CREATE TEMPORARY TABLE sp_v2_gmv_rhythms (
  newest_start_at TIMESTAMP(6),
  merchant_id STRING,
  days BIGINT,
  typical_count DOUBLE,
  typical_paise DOUBLE,
  deviation DOUBLE
) WITH (
  'connector' = 'jdbc',
  'url' = '${v2_jdbc_url}',
  'table-name' = 'sp_v2_gmv_rhythms',
  'lookup.cache' = 'PARTIAL',
  'lookup.partial-cache.max-rows' = '50000',
  'lookup.partial-cache.expire-after-write' = '${rhythm_kept}'
)
