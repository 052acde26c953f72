-- What each merchant captured in each hour of the business clock (Asia/Kolkata, UTC+5:30 = 19,800 s):
-- one row for each movement, and one when the hour has ended for each merchant that is usually there.
CREATE TEMPORARY VIEW merchant_hours AS
SELECT
  merchant_id,
  hour_start_s,
  CAST(TO_TIMESTAMP_LTZ(hour_start_s - 86400, 0) AS TIMESTAMP(6)) AS day_before_at,
  weight,
  SUM(weight) OVER hourly AS captured_count,
  SUM(weight * amount_paise) OVER hourly AS captured_paise,
  MAX(ended) OVER hourly = 1 AS has_ended,
  MAX(source_lsn) OVER hourly AS source_lsn,
  COUNT(*) OVER hourly AS source_events,
  MAX(committed_ms) OVER hourly AS committed_ms,
  read_at
FROM (
  SELECT
    merchant_id,
    created_s - MOD(created_s + 19800, 3600) AS hour_start_s,
    weight,
    amount_paise,
    0 AS ended,
    source_lsn,
    committed_ms,
    read_at
  FROM captured_movements
  UNION ALL
  SELECT
    usual.merchant_id,
    ended.hour_start_s,
    CAST(0 AS BIGINT) AS weight,
    CAST(0 AS BIGINT) AS amount_paise,
    1 AS ended,
    ended.source_lsn,
    ended.committed_ms,
    ended.read_at
  FROM (
    SELECT
      beat_s - MOD(beat_s + 19800, 3600) - 3600 AS hour_start_s,
      CAST(
        TO_TIMESTAMP_LTZ(beat_s - MOD(beat_s + 19800, 3600) - 3600 - 86400, 0) AS TIMESTAMP(6))
        AS day_before_at,
      source_lsn,
      committed_ms,
      read_at
    FROM canary_beats
    WHERE (beat_s + 19800) / 3600 <> (beat_before_s + 19800) / 3600
  ) AS ended
  JOIN sp_v2_gmv_rhythms FOR SYSTEM_TIME AS OF ended.read_at AS usual
    ON usual.newest_start_at = ended.day_before_at
)
WINDOW hourly AS (PARTITION BY merchant_id, hour_start_s ORDER BY read_at)
