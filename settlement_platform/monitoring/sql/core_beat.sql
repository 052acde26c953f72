-- When the canary last beat in the core, by the core's clock.
SELECT max(beat_at) FROM settlement_canary
