-- A merchant's hour far above what it usually captures in that hour of the day, told while it lasts,
-- or far below, told when it has ended. The score is a robust z-score of the logarithm: a sum of few
-- amounts has a long tail. It counts in 1.4826 times the median absolute deviation of the days before,
-- 0.2 at least. The number of payments has to say the same, unless the score alone says enough.
CREATE TEMPORARY VIEW gmv_deviations AS
SELECT
  'gmv_deviation' AS rule,
  merchant_id AS subject,
  CAST(TO_TIMESTAMP_LTZ(hour_start_s, 0) AS TIMESTAMP(6)) AS window_start_at,
  CAST(TO_TIMESTAMP_LTZ(hour_start_s + 3600, 0) AS STRING) AS window_end_at,
  merchant_id,
  holds,
  'paise' AS unit,
  CAST(captured_paise AS DECIMAL(38, 0)) AS observed,
  CAST(typical_paise AS DECIMAL(38, 0)) AS expected,
  CAST(score AS DECIMAL(12, 2)) AS score,
  JSON_OBJECT(
    KEY 'payments' VALUE captured_count,
    KEY 'usual_payments' VALUE typical_count,
    KEY 'days' VALUE days,
    KEY 'median_paise' VALUE CAST(CAST(typical_paise AS DECIMAL(38, 0)) AS STRING),
    KEY 'median_absolute_deviation_of_logarithm' VALUE deviation,
    KEY 'hour_has_ended' VALUE has_ended) AS evidence,
  source_lsn,
  source_events,
  CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) AS source_committed_at
FROM (
  SELECT
    *,
    days >= ${gmv_days} AND typical_count >= ${gmv_count}
      AND (
        score >= ${gmv_alone}
        OR (score >= ${gmv_score} AND captured_count >= 2 * typical_count)
        OR (has_ended AND score <= -${gmv_alone})
        OR (has_ended AND score <= -${gmv_score} AND 2 * captured_count <= typical_count)
      ) AS holds
  FROM (
    SELECT
      hourly.*,
      usual.days,
      usual.typical_count,
      usual.typical_paise,
      usual.deviation,
      LN(GREATEST(hourly.captured_paise, 1) / usual.typical_paise)
        / GREATEST(1.4826 * usual.deviation, 0.2) AS score
    FROM merchant_hours AS hourly
    JOIN sp_v2_gmv_rhythms FOR SYSTEM_TIME AS OF hourly.read_at AS usual
      ON usual.merchant_id = hourly.merchant_id AND usual.newest_start_at = hourly.day_before_at
  )
)
-- What may have been raised before: it can only be withdrawn by what takes away, or comes late.
WHERE holds OR weight < 0 OR has_ended
