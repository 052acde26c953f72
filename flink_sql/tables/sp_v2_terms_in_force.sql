-- What holds for the captures of a merchant, asked for by merchant and kept for a moment. What was
-- read a moment too early is restated.
CREATE TEMPORARY TABLE sp_v2_terms_in_force (
  merchant_id STRING,
  payment_method STRING,
  named_methods STRING,
  valid_from STRING,
  valid_to STRING,
  terms_id INT,
  cycle_days SMALLINT,
  reserve_bps INT,
  fee_rate_id INT,
  fee_bps INT,
  fixed_paise BIGINT,
  bearer STRING
) WITH (
  'connector' = 'jdbc',
  'url' = '${v2_jdbc_url}',
  'table-name' = 'sp_v2_terms_in_force',
  'lookup.cache' = 'PARTIAL',
  'lookup.partial-cache.max-rows' = '50000',
  'lookup.partial-cache.expire-after-write' = '${lookup_kept}'
)
