-- Far more refunds of a merchant in an hour than it usually makes. The score counts standard
-- deviations of the Poisson distribution around its hourly mean of the last 28 days, 1 at least.
CREATE TEMPORARY VIEW refund_bursts AS
SELECT
  'refund_burst' AS rule,
  merchant_id AS subject,
  CAST(TO_TIMESTAMP_LTZ(hour_start_s, 0) AS TIMESTAMP(6)) AS window_start_at,
  CAST(TO_TIMESTAMP_LTZ(hour_start_s + 3600, 0) AS STRING) AS window_end_at,
  merchant_id,
  TRUE AS holds,
  'count' AS unit,
  CAST(refund_count AS DECIMAL(38, 0)) AS observed,
  CAST(ROUND(per_hour, 0) AS DECIMAL(38, 0)) AS expected,
  CAST((refund_count - per_hour) / SQRT(GREATEST(per_hour, 1.0)) AS DECIMAL(12, 2)) AS score,
  JSON_OBJECT(
    KEY 'refunds' VALUE refund_count,
    KEY 'refunded_paise' VALUE CAST(refunded_paise AS STRING),
    KEY 'usual_per_hour' VALUE per_hour) AS evidence,
  source_lsn,
  source_events,
  CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) AS source_committed_at
FROM (
  SELECT refunds.*, COALESCE(usual.per_hour, 0.0) AS per_hour
  FROM (
    SELECT
      merchant_id,
      hour_start_s,
      COUNT(*) OVER hourly AS refund_count,
      SUM(refund_paise) OVER hourly AS refunded_paise,
      MAX(source_lsn) OVER hourly AS source_lsn,
      COUNT(*) OVER hourly AS source_events,
      MAX(committed_ms) OVER hourly AS committed_ms,
      read_at
    FROM (
      SELECT
        merchant_id,
        recorded_s - MOD(recorded_s + 19800, 3600) AS hour_start_s,
        refund_paise,
        source_lsn,
        committed_ms,
        read_at
      FROM (
        SELECT
          merchant_id,
          UNIX_TIMESTAMP(REPLACE(SUBSTRING(recorded_at, 1, 19), 'T', ' ')) AS recorded_s,
          -CAST(amount_paise AS BIGINT) AS refund_paise,
          -- One that is read again is no other.
          COUNT(*) OVER (PARTITION BY adjustment_id ORDER BY read_at) AS reading,
          source_lsn,
          committed_ms,
          read_at
        FROM valid_sp_v2_adjustments
        WHERE kind = 'REFUND'
      )
      WHERE reading = 1 AND committed_ms / 1000 - recorded_s <= 172800
    )
    WINDOW hourly AS (PARTITION BY merchant_id, hour_start_s ORDER BY read_at)
  ) AS refunds
  LEFT JOIN sp_v2_refund_rhythms FOR SYSTEM_TIME AS OF refunds.read_at AS usual
    ON usual.merchant_id = refunds.merchant_id
)
WHERE refund_count >= ${refund_count}
  AND (refund_count - per_hour) / SQRT(GREATEST(per_hour, 1.0)) >= ${refund_score}
