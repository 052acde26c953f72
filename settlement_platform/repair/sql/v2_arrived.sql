-- How many of these payments V2 has in a version from this place of the core's log on.
SELECT COUNT(*)
FROM sp_v2_transactions
WHERE transaction_id = ANY(%(ids)s) AND source_lsn >= %(lsn)s
