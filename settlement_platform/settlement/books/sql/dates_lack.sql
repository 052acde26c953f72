-- Whether some capture has no date: there are none yet, the days ran out, or a merchant has a cycle that
-- nobody had.
SELECT COALESCE((SELECT max(capture_date) FROM sp_v2_settlement_dates) < %s, TRUE)
  OR EXISTS (
    SELECT FROM sp_v2_merchant_terms AS terms
    WHERE NOT EXISTS (
      SELECT FROM sp_v2_settlement_dates AS date
      WHERE date.capture_date = %s AND date.cycle_days = terms.cycle_days))
