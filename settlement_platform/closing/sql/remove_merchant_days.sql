-- Takes a range of days out of the mart, in the transaction that brings them anew.
DELETE FROM sp_v2_mart_merchant_days
WHERE transaction_date BETWEEN %(first_date)s AND %(last_date)s
