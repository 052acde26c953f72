-- The same of the gateways' answers: what each change brings to them and takes from them.
CREATE TEMPORARY VIEW answer_movements AS
SELECT
  weight,
  gateway,
  response_code,
  responded_s,
  source_lsn,
  committed_ms,
  read_at
FROM (
  SELECT
    side.weight,
    side.parts[1] AS gateway,
    side.parts[2] AS response_code,
    UNIX_TIMESTAMP(REPLACE(SUBSTRING(side.parts[3], 1, 19), 'T', ' ')) AS responded_s,
    moved.source_lsn,
    moved.committed_ms,
    moved.read_at
  FROM (
    SELECT
      answer,
      LAG(answer) OVER (PARTITION BY txn_id ORDER BY read_at) AS answer_before,
      source_lsn,
      committed_ms,
      read_at
    FROM (
      SELECT
        txn_id,
        CASE WHEN NOT deleted THEN CONCAT_WS(U&'\001F', gateway, response_code, responded_at) END
          AS answer,
        source_lsn,
        committed_ms,
        read_at
      FROM valid_payment_gateway_response
    )
  ) AS moved
  CROSS JOIN UNNEST(ARRAY[
    ROW(CAST(-1 AS BIGINT), SPLIT(moved.answer_before, U&'\001F')),
    ROW(CAST(1 AS BIGINT), SPLIT(moved.answer, U&'\001F'))
  ]) AS side (weight, parts)
  WHERE side.parts IS NOT NULL AND moved.answer IS DISTINCT FROM moved.answer_before
)
WHERE committed_ms / 1000 - responded_s <= 172800
