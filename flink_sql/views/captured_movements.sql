-- What each change brings to the captured payments (weight 1) and takes from them (weight -1, before
-- the other), where it changes who captured how much and when. A change counts that was committed
-- within 48 hours of the payment's beginning: the past that is read at first raises nothing, and what
-- is corrected later than that is for people.
--
-- One topic has one order, so the version before is the row before; one that is read again is the same.
CREATE TEMPORARY VIEW captured_movements AS
SELECT
  weight,
  merchant_id,
  payment_method,
  amount_paise,
  created_s,
  source_lsn,
  committed_ms,
  read_at
FROM (
  SELECT
    side.weight,
    side.parts[1] AS merchant_id,
    side.parts[2] AS payment_method,
    CAST(CAST(side.parts[3] AS DECIMAL(14, 2)) * 100 AS BIGINT) AS amount_paise,
    UNIX_TIMESTAMP(REPLACE(SUBSTRING(side.parts[4], 1, 19), 'T', ' ')) AS created_s,
    moved.source_lsn,
    moved.committed_ms,
    moved.read_at
  FROM (
    SELECT *
    FROM (
      SELECT
        captured,
        LAG(captured) OVER (PARTITION BY txn_id ORDER BY read_at) AS captured_before,
        source_lsn,
        committed_ms,
        read_at
      FROM (
        SELECT
          txn_id,
          CASE WHEN NOT deleted AND (status = 'SUCCESS' OR is_settled = '1') THEN
            CONCAT_WS(U&'\001F', merchant_code, payment_mode, amount, created_at) END AS captured,
          op,
          source_lsn,
          committed_ms,
          read_at
        FROM valid_transactions_to_settle
      )
      -- What begins uncaptured takes nothing away and brings nothing.
      WHERE captured IS NOT NULL OR op <> 'c'
    )
    WHERE captured IS DISTINCT FROM captured_before
  ) AS moved
  CROSS JOIN UNNEST(ARRAY[
    ROW(CAST(-1 AS BIGINT), SPLIT(moved.captured_before, U&'\001F')),
    ROW(CAST(1 AS BIGINT), SPLIT(moved.captured, U&'\001F'))
  ]) AS side (weight, parts)
  WHERE side.parts IS NOT NULL
)
WHERE committed_ms / 1000 - created_s <= 172800
