-- How often a merchant usually refunds, kept for a while.
CREATE TEMPORARY TABLE sp_v2_refund_rhythms (
  merchant_id STRING,
  per_hour DOUBLE
) WITH (
  'connector' = 'jdbc',
  'url' = '${v2_jdbc_url}',
  'table-name' = 'sp_v2_refund_rhythms',
  'lookup.cache' = 'PARTIAL',
  'lookup.partial-cache.max-rows' = '50000',
  'lookup.partial-cache.expire-after-write' = '${rhythm_kept}'
)
