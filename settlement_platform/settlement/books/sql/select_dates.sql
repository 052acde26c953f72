SELECT capture_date, cycle_days, expected_settlement_date, calendar_version
FROM sp_v2_settlement_dates WHERE capture_date BETWEEN %s AND %s
