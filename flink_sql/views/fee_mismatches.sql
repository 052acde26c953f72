-- A batch that charges other fees than the terms of now make of its payments: each payment is looked
-- at when it enters a batch or leaves it, and when terms were corrected after it was settled.
CREATE TEMPORARY VIEW fee_mismatches AS
SELECT
  'fee_mismatch' AS rule,
  batch_id AS subject,
  CAST(TO_TIMESTAMP_LTZ(CAST(cycle_days AS BIGINT) * 86400 - 19800, 0) AS TIMESTAMP(6))
    AS window_start_at,
  CAST(TO_TIMESTAMP_LTZ(CAST(cycle_days AS BIGINT) * 86400 - 19800 + 86400, 0) AS STRING)
    AS window_end_at,
  merchant_id,
  payment_count > 0 AS holds,
  'paise' AS unit,
  CAST(charged_paise AS DECIMAL(38, 0)) AS observed,
  CAST(contracted_paise AS DECIMAL(38, 0)) AS expected,
  CAST(
    LEAST(100.0 * (charged_paise - contracted_paise) / GREATEST(contracted_paise, 1), 999999.0)
    AS DECIMAL(12, 2)) AS score,
  JSON_OBJECT(
    KEY 'batch_id' VALUE batch_id,
    KEY 'payments' VALUE payment_count,
    KEY 'charged_paise' VALUE CAST(charged_paise AS STRING),
    KEY 'contracted_paise' VALUE CAST(contracted_paise AS STRING)) AS evidence,
  source_lsn,
  source_events,
  CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) AS source_committed_at
FROM (
  SELECT
    batch_id,
    merchant_id,
    cycle_days,
    SUM(weight) OVER batched AS payment_count,
    SUM(weight * charged_paise) OVER batched AS charged_paise,
    SUM(weight * contracted_paise) OVER batched AS contracted_paise,
    MAX(source_lsn) OVER batched AS source_lsn,
    COUNT(*) OVER batched AS source_events,
    MAX(committed_ms) OVER batched AS committed_ms
  FROM (
    SELECT
      side.weight,
      side.parts[1] AS batch_id,
      side.parts[2] AS merchant_id,
      side.parts[3] AS cycle_days,
      CAST(side.parts[4] AS BIGINT) AS charged_paise,
      CAST(side.parts[5] AS BIGINT) AS contracted_paise,
      changed.source_lsn,
      changed.committed_ms,
      changed.read_at
    FROM (
      SELECT
        *,
        LAG(mismatch) OVER (PARTITION BY transaction_id ORDER BY read_at) AS mismatch_before
      FROM (
        SELECT
          settled.transaction_id,
          CASE WHEN fee.charged_paise <> fee.contracted_paise THEN
            CONCAT_WS(U&'\001F',
              fee.batch_id,
              fee.merchant_id,
              CAST(TIMESTAMPDIFF(DAY, DATE '1970-01-01', fee.cycle_date) AS STRING),
              CAST(fee.charged_paise AS STRING),
              CAST(fee.contracted_paise AS STRING))
          END AS mismatch,
          settled.source_lsn,
          settled.committed_ms,
          settled.read_at
        FROM (
          SELECT transaction_id, source_lsn, committed_ms, read_at
          FROM valid_sp_v2_settlement_items
          WHERE item_state <> 'CREDITED'
          UNION ALL
          SELECT transaction_id, source_lsn, committed_ms, read_at
          FROM valid_sp_v2_restatements
          WHERE batch_id IS NOT NULL
        ) AS settled
        LEFT JOIN sp_v2_contracted_fees FOR SYSTEM_TIME AS OF settled.read_at AS fee
          ON fee.transaction_id = settled.transaction_id
      )
    ) AS changed
    CROSS JOIN UNNEST(ARRAY[
      ROW(CAST(-1 AS BIGINT), SPLIT(changed.mismatch_before, U&'\001F')),
      ROW(CAST(1 AS BIGINT), SPLIT(changed.mismatch, U&'\001F'))
    ]) AS side (weight, parts)
    WHERE side.parts IS NOT NULL AND changed.mismatch IS DISTINCT FROM changed.mismatch_before
  )
  WINDOW batched AS (PARTITION BY batch_id ORDER BY read_at)
)
