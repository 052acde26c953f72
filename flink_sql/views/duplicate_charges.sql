-- The same amount by the same method at the same merchant, again and again within 30 seconds: more
-- often than chance gives it. No amount is expected to be more than 3 in 1,000 of what a merchant
-- captures by a method. Half a window is looked at with the half before, so that no edge of a window
-- hides a burst, and what the half before told of is not told again.
CREATE TEMPORARY VIEW duplicate_charges AS
SELECT
  'duplicate_charge' AS rule,
  CONCAT_WS(' ', merchant_id, payment_method, CAST(amount_paise AS STRING)) AS subject,
  CAST(TO_TIMESTAMP_LTZ(half * 15 - 15, 0) AS TIMESTAMP(6)) AS window_start_at,
  CAST(TO_TIMESTAMP_LTZ(half * 15 + 15, 0) AS STRING) AS window_end_at,
  merchant_id,
  holds,
  'count' AS unit,
  CAST(same_count AS DECIMAL(38, 0)) AS observed,
  CAST(chance AS DECIMAL(38, 0)) AS expected,
  CAST(score AS DECIMAL(12, 2)) AS score,
  JSON_OBJECT(
    KEY 'payment_method' VALUE payment_method,
    KEY 'amount_paise' VALUE CAST(amount_paise AS STRING),
    KEY 'payments' VALUE same_count,
    KEY 'payments_of_any_amount' VALUE any_count) AS evidence,
  source_lsn,
  source_events,
  CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) AS source_committed_at
FROM (
  SELECT
    *,
    own_count > 0 AND score >= ${duplicate_score}
      AND (same_count - own_count - chance) / SQRT(GREATEST(chance, 1.0)) < ${duplicate_score}
      AS holds
  FROM (
    SELECT
      *,
      (same_count - chance) / SQRT(GREATEST(chance, 1.0)) AS score
    FROM (
      SELECT
        merchant_id,
        payment_method,
        amount_paise,
        half,
        weight,
        SUM(weight * is_own) OVER alike AS own_count,
        SUM(weight) OVER alike AS same_count,
        any_count,
        0.003 * any_count AS chance,
        MAX(source_lsn) OVER alike AS source_lsn,
        COUNT(*) OVER alike AS source_events,
        MAX(committed_ms) OVER alike AS committed_ms
      FROM (
        SELECT
          *,
          SUM(weight) OVER (PARTITION BY merchant_id, payment_method, half ORDER BY read_at)
            AS any_count
        FROM (
          SELECT movement.*, halves.half, halves.is_own
          FROM captured_movements AS movement
          CROSS JOIN UNNEST(ARRAY[
            ROW(movement.created_s / 15, CAST(1 AS BIGINT)),
            ROW(movement.created_s / 15 + 1, CAST(0 AS BIGINT))
          ]) AS halves (half, is_own)
        )
      )
      WINDOW alike AS (
        PARTITION BY merchant_id, payment_method, amount_paise, half ORDER BY read_at)
    )
  )
)
WHERE holds OR weight < 0
