INSERT INTO sp_v2_settlement_dates (
  capture_date, cycle_days, expected_settlement_date, calendar_version, moved_from_date, why)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (capture_date, cycle_days) DO UPDATE SET
  expected_settlement_date = EXCLUDED.expected_settlement_date,
  calendar_version = EXCLUDED.calendar_version,
  moved_from_date = EXCLUDED.moved_from_date,
  why = EXCLUDED.why,
  changed_at = clock_timestamp()
