-- What was promised a merchant for a business date and is not settled when the date is over. Nothing
-- happens then but that time passes: the canary's first beat of each minute asks.
CREATE TEMPORARY VIEW overdue_settlements AS
SELECT
  'settlement_overdue' AS rule,
  merchant_id AS subject,
  CAST(TO_TIMESTAMP_LTZ(due_s, 0) AS TIMESTAMP(6)) AS window_start_at,
  CAST(TO_TIMESTAMP_LTZ(due_s + 86400, 0) AS STRING) AS window_end_at,
  merchant_id,
  unsettled_count > 0 AS holds,
  'paise' AS unit,
  CAST(unsettled_paise AS DECIMAL(38, 0)) AS observed,
  CAST(0 AS DECIMAL(38, 0)) AS expected,
  CAST((beat_s - due_s) / 86400 AS DECIMAL(12, 2)) AS score,
  JSON_OBJECT(
    KEY 'payments' VALUE unsettled_count,
    KEY 'unsettled_paise' VALUE CAST(unsettled_paise AS STRING),
    KEY 'days_late' VALUE (beat_s - due_s) / 86400) AS evidence,
  source_lsn,
  CAST(0 AS BIGINT) AS source_events,
  CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) AS source_committed_at
FROM (
  SELECT
    unsettled.merchant_id,
    unsettled.unsettled_count,
    unsettled.unsettled_paise,
    TIMESTAMPDIFF(DAY, DATE '1970-01-01', unsettled.due_date) * 86400 - 19800 AS due_s,
    tick.beat_s,
    tick.source_lsn,
    tick.committed_ms
  FROM (
    -- An old beat asks nothing: what is unsettled is known as of now.
    SELECT * FROM canary_beats
    WHERE beat_s / 60 <> beat_before_s / 60
      AND beat_s >= UNIX_TIMESTAMP(CAST(CAST(read_at AS TIMESTAMP(0)) AS STRING)) - 120
  ) AS tick
  JOIN sp_v2_overdue FOR SYSTEM_TIME AS OF tick.read_at AS unsettled
    ON unsettled.watch = tick.canary_id
)
WHERE due_s + 86400 <= beat_s
