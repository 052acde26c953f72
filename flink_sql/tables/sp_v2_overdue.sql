-- What is past its promised day and not settled, of every merchant: never kept.
CREATE TEMPORARY TABLE sp_v2_overdue (
  watch INT,
  merchant_id STRING,
  due_date DATE,
  unsettled_count BIGINT,
  unsettled_paise BIGINT
) WITH (
  'connector' = 'jdbc',
  'url' = '${v2_jdbc_url}',
  'table-name' = 'sp_v2_overdue'
)
