-- The merchants of V2 that the core has not deleted.
SELECT
  merchant_id,
  merchant_name,
  settlement_cycle_days,
  rolling_reserve_bps,
  updated_at,
  source_lsn
FROM sp_v2_merchant_master
WHERE
  deleted_at IS NULL
  -- wanted: AND merchant_id IN (SELECT key_1 FROM wanted)
