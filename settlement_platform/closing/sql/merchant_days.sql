-- The closes of a range by merchant and day; the closing is the day's newest.
SELECT
  closes.transaction_date,
  closes.merchant_id,
  sum(closes.attempted_count)::bigint AS attempted_count,
  sum(closes.captured_count)::bigint AS captured_count,
  sum(closes.captured_paise) AS captured_paise,
  sum(closes.settled_count)::bigint AS settled_count,
  sum(closes.settled_paise) AS settled_paise,
  (
    SELECT max(version)
    FROM sp_v2_day_closings
    WHERE sp_v2_day_closings.transaction_date = closes.transaction_date
  ) AS version
FROM sp_v2_daily_closes AS closes
WHERE closes.transaction_date BETWEEN %(first_date)s AND %(last_date)s
GROUP BY closes.transaction_date, closes.merchant_id
HAVING sum(closes.attempted_count) > 0
