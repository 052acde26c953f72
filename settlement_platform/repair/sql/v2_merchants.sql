-- Merchants as V2 has them, whatever the core has.
SELECT merchant_id, merchant_name, settlement_cycle_days, rolling_reserve_bps, updated_at
FROM sp_v2_merchant_master
WHERE merchant_id = ANY(%(ids)s)
