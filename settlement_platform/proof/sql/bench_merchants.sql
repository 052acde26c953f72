-- The benchmark's merchants, with terms, as the core's other merchants have them.
INSERT INTO merchant_data (
  merchant_id, merchant_name, settlement_cycle, rolling_reserve_percentage, updated_at
)
SELECT
  'BENCHM' || lpad(number::text, 3, '0'), 'Benchmark merchant ' || number, 'T+2', 5.00, now()
FROM generate_series(1, 200) AS number
ON CONFLICT (merchant_id) DO NOTHING
