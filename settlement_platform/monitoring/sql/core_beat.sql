-- The core's clock, and when the canary last beat by it.
SELECT
  clock_timestamp() AS now,
  max(beat_at) AS beat_at
FROM settlement_canary
