INSERT INTO merchant_data (
  merchant_id, merchant_name, settlement_cycle, rolling_reserve_percentage, updated_at
)
VALUES (
  %(merchant_id)s, %(merchant_name)s, %(settlement_cycle)s, %(rolling_reserve_percentage)s,
  %(updated_at)s
)
ON CONFLICT (merchant_id) DO NOTHING
