-- Each merchant with its terms as they are now; V2's guard keeps the newest version.
INSERT INTO sp_v2_merchant_master
SELECT
  merchant_id,
  merchant_name,
  CAST(SUBSTRING(settlement_cycle, 3) AS SMALLINT) AS settlement_cycle_days,
  CAST(CAST(rolling_reserve_percentage AS DECIMAL(5, 2)) * 100 AS INT) AS rolling_reserve_bps,
  updated_at,
  CASE WHEN deleted THEN CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) END AS deleted_at,
  source_lsn,
  CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) AS source_committed_at
FROM valid_merchant_data
