-- The fee of a payment in a live batch, and what its terms make of it now: never kept.
CREATE TEMPORARY TABLE sp_v2_contracted_fees (
  transaction_id STRING,
  batch_id STRING,
  merchant_id STRING,
  cycle_date DATE,
  charged_paise BIGINT,
  contracted_paise BIGINT
) WITH (
  'connector' = 'jdbc',
  'url' = '${v2_jdbc_url}',
  'table-name' = 'sp_v2_contracted_fees'
)
