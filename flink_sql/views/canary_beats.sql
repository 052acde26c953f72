-- The core's clock as its canary tells it: each beat beside the one before, in seconds since 1970.
CREATE TEMPORARY VIEW canary_beats AS
SELECT
  beat_s,
  LAG(beat_s, 1, CAST(0 AS BIGINT)) OVER (PARTITION BY canary_id ORDER BY read_at) AS beat_before_s,
  CAST(canary_id AS INT) AS canary_id,
  source_lsn,
  committed_ms,
  read_at
FROM (
  SELECT
    canary_id,
    UNIX_TIMESTAMP(REPLACE(SUBSTRING(beat_at, 1, 19), 'T', ' ')) AS beat_s,
    source_lsn,
    committed_ms,
    read_at
  FROM valid_settlement_canary
  WHERE op = 'u'
)
