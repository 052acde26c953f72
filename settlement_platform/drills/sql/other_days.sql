-- A digest of all that V2 has of each closed date but one: rows with their versions and instants.
SELECT 'rows' AS kind, transaction_date, md5(string_agg(t::text, '|' ORDER BY transaction_id))
FROM sp_v2_transactions AS t
WHERE transaction_date < %(today)s AND transaction_date <> %(day)s
GROUP BY transaction_date
UNION ALL
SELECT 'buckets' AS kind, transaction_date, md5(string_agg(a::text, '|' ORDER BY a::text))
FROM sp_v2_realtime_aggregates AS a
WHERE bucket_grain = 'DAY' AND transaction_date < %(today)s AND transaction_date <> %(day)s
GROUP BY transaction_date
