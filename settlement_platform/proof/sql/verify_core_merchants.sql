-- What sp_v2_merchant_master must hold, computed from the core's own rows.
SELECT
  merchant_id,
  merchant_name,
  SUBSTRING(settlement_cycle FROM '^T[+]([0-9]{1,4})$')::numeric AS settlement_cycle_days,
  rolling_reserve_percentage * 100 AS rolling_reserve_bps,
  updated_at
FROM merchant_data
WHERE
  TRUE
  -- wanted: AND merchant_id IN (SELECT key_1 FROM wanted)
