-- Payments of today, written by position: whatever the columns are called just now.
INSERT INTO transactions_to_settle
SELECT
  %(prefix)s::text || number, 'DRILL', 10.00 + number, 'UPI',
  (now() AT TIME ZONE 'Asia/Kolkata')::date, '0', 'SUCCESS', now(), now()
FROM generate_series(1, %(count)s::integer) AS number
