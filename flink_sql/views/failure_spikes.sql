-- A failure code that makes up far more of a gateway's answers of five minutes than it usually does.
-- The score counts standard deviations of the binomial distribution; a code that is rarer than 1 in
-- 100, or new, is taken to be as frequent as that. '00' is success.
CREATE TEMPORARY VIEW failure_spikes AS
SELECT
  'failure_spike' AS rule,
  CONCAT_WS(' ', gateway, response_code) AS subject,
  CAST(TO_TIMESTAMP_LTZ(window_start_s, 0) AS TIMESTAMP(6)) AS window_start_at,
  CAST(TO_TIMESTAMP_LTZ(window_start_s + 300, 0) AS STRING) AS window_end_at,
  CAST(NULL AS STRING) AS merchant_id,
  holds,
  'count' AS unit,
  CAST(failed_count AS DECIMAL(38, 0)) AS observed,
  CAST(ROUND(answered_count * share, 0) AS DECIMAL(38, 0)) AS expected,
  CAST(score AS DECIMAL(12, 2)) AS score,
  JSON_OBJECT(
    KEY 'gateway' VALUE gateway,
    KEY 'failure_code' VALUE response_code,
    KEY 'answers' VALUE answered_count,
    KEY 'failures' VALUE failed_count,
    KEY 'usual_share' VALUE usual_share) AS evidence,
  source_lsn,
  source_events,
  CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) AS source_committed_at
FROM (
  SELECT
    *,
    LAG(holds) OVER (PARTITION BY gateway, response_code, window_start_s ORDER BY read_at) AS held
  FROM (
    SELECT
      *,
      answered_count >= ${failure_answers} AND failed_count >= ${failure_count}
        AND failed_count >= ${failure_share} * answered_count
        AND failed_count >= 3 * usual_share * answered_count
        AND score >= ${failure_score} AS holds
    FROM (
      SELECT
        *,
        LEAST(GREATEST(
          (failed_count - answered_count * share)
            / SQRT(GREATEST(answered_count * share * (1.0 - share), 0.01)),
          -999999.0), 999999.0) AS score
      FROM (
        SELECT
          failed.*,
          COALESCE(usual.share, 0.0) AS usual_share,
          GREATEST(COALESCE(usual.share, 0.0), 0.01) AS share
        FROM (
          SELECT
            gateway,
            response_code,
            window_start_s,
            answered_count,
            SUM(weight) OVER spell AS failed_count,
            MAX(source_lsn) OVER spell AS source_lsn,
            COUNT(*) OVER spell AS source_events,
            MAX(committed_ms) OVER spell AS committed_ms,
            read_at
          FROM (
            SELECT
              *,
              SUM(weight) OVER (PARTITION BY gateway, window_start_s ORDER BY read_at)
                AS answered_count
            FROM (
              SELECT *, responded_s - MOD(responded_s, 300) AS window_start_s FROM answer_movements
            )
          )
          WHERE response_code <> '00'
          WINDOW spell AS (PARTITION BY gateway, response_code, window_start_s ORDER BY read_at)
        ) AS failed
        LEFT JOIN sp_v2_failure_rhythms FOR SYSTEM_TIME AS OF failed.read_at AS usual
          ON usual.gateway = failed.gateway AND usual.failure_code = failed.response_code
      )
    )
  )
)
WHERE holds OR held
