-- Each change of a transaction, or of its item in a batch, that was the newest when it came: what the
-- transaction is by it, beside what it was before. One that stands in a live batch is settled.
CREATE TEMPORARY VIEW transaction_succession AS
SELECT
  facts,
  LAG(facts) OVER (PARTITION BY transaction_id ORDER BY read_at) AS previous,
  source_type,
  source_lsn,
  committed_ms
FROM (
  SELECT
    transaction_id,
    CONCAT_WS(U&'\001F',
      p[3],
      p[4],
      p[5],
      p[6],
      CASE WHEN s[2] = '1' AND p[7] <> 'DELETED' THEN 'SETTLED' ELSE p[7] END,
      p[8],
      CAST(committed_ms AS STRING)) AS facts,
    p[2] AS source_type,
    CAST(p[1] AS BIGINT) AS source_lsn,
    committed_ms,
    read_at
  FROM (
    SELECT *, GREATEST(CAST(p[9] AS BIGINT), COALESCE(CAST(s[3] AS BIGINT), 0)) AS committed_ms
    FROM (
      SELECT
        transaction_id,
        payment,
        standing,
        MAX(payment) OVER (PARTITION BY transaction_id ORDER BY read_at) AS newest_payment,
        MAX(standing) OVER (PARTITION BY transaction_id ORDER BY read_at) AS newest_standing,
        read_at
      FROM (
        SELECT
          txn_id AS transaction_id,
          CONCAT_WS(U&'\001F',
            LPAD(CAST(source_lsn AS STRING), 20, '0'),
            CASE WHEN source_topic LIKE 'sabpaisa.%' THEN 'SABPAISA_STREAM'
              ELSE 'MANUAL_UPLOAD' END,
            merchant_code,
            payment_mode,
            amount,
            txn_date,
            CASE WHEN deleted THEN 'DELETED' WHEN is_settled = '1' THEN 'SETTLED' ELSE status END,
            created_at,
            CAST(committed_ms AS STRING)) AS payment,
          CAST(NULL AS STRING) AS standing,
          read_at
        FROM valid_transactions_to_settle
        UNION ALL
        SELECT transaction_id, CAST(NULL AS STRING) AS payment, standing, read_at
        FROM transaction_standings
      )
    )
    CROSS JOIN UNNEST(ARRAY[
      ROW(SPLIT(newest_payment, U&'\001F'), SPLIT(newest_standing, U&'\001F'))
    ]) AS halves (p, s)
    -- A late or an older version changes nothing, and an item that comes first waits.
    WHERE newest_payment IS NOT NULL AND (payment = newest_payment OR standing = newest_standing)
  )
)
