UPDATE merchant_data
SET
  merchant_name = %(merchant_name)s,
  settlement_cycle = %(settlement_cycle)s,
  rolling_reserve_percentage = %(rolling_reserve_percentage)s,
  updated_at = %(updated_at)s
WHERE
  merchant_id = %(merchant_id)s
  AND (merchant_name, settlement_cycle, rolling_reserve_percentage) IS DISTINCT FROM (
    %(merchant_name)s, %(settlement_cycle)s, %(rolling_reserve_percentage)s
  )
