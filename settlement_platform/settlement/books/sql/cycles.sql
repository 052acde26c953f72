-- The cycles that merchants have, and those that one may come with: its first capture finds its date.
SELECT cycle_days FROM sp_v2_merchant_terms
UNION
SELECT generate_series(0, 7)
ORDER BY cycle_days
