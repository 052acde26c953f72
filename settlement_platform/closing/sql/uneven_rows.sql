-- Rows of the closes of a range whose settled and unsettled payments are not those that were captured.
SELECT count(*)
FROM sp_v2_daily_closes
WHERE
  transaction_date BETWEEN %(first_date)s AND %(last_date)s
  AND (
    settled_count + unsettled_count <> captured_count
    OR settled_paise + unsettled_paise <> captured_paise
  )
