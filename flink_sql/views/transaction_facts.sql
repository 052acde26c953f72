-- One row for each change of a transaction or of its gateway answer, and for each restatement: the
-- newest version of all of them, whichever arrived first. Its order is not the order of arrival but of the core's LSN.
--
-- A half is one text that begins with its LSN in twenty digits, so that MAX picks the newest version
-- and a repeated or late one changes nothing. An OVER window makes an insert-only stream of it: no
-- retraction and no DELETE can reach a sink, which a join of two changelogs would send.
CREATE TEMPORARY VIEW transaction_facts AS
SELECT
  transaction_id,
  p[2] AS merchant_id,
  p[3] AS payment_method,
  p[4] AS amount,
  p[5] AS transaction_days,
  p[6] AS state,
  p[7] AS created_at,
  p[8] AS updated_at,
  p[9] = '1' AS deleted,
  CAST(p[10] AS BIGINT) AS committed_ms,
  CAST(p[1] AS BIGINT) AS source_lsn,
  NULLIF(a[2], '') AS gateway,
  NULLIF(a[3], '') AS response_code,
  NULLIF(a[4], '') AS responded_at,
  CAST(a[5] AS BIGINT) AS answer_committed_ms,
  COALESCE(CAST(a[1] AS BIGINT), 0) AS gateway_lsn,
  COALESCE(CAST(restated AS BIGINT), 0) AS restated_lsn,
  read_at
FROM (
  SELECT
    transaction_id,
    MAX(payment) OVER (PARTITION BY transaction_id ORDER BY read_at) AS payment,
    MAX(answer) OVER (PARTITION BY transaction_id ORDER BY read_at) AS answer,
    MAX(restated) OVER (PARTITION BY transaction_id ORDER BY read_at) AS restated,
    read_at
  FROM (
    SELECT
      txn_id AS transaction_id,
      CONCAT_WS(U&'\001F',
        LPAD(CAST(source_lsn AS STRING), 20, '0'),
        merchant_code,
        payment_mode,
        amount,
        txn_date,
        CASE WHEN is_settled = '1' THEN 'SETTLED' ELSE status END,
        created_at,
        updated_at,
        CASE WHEN deleted THEN '1' ELSE '0' END,
        CAST(committed_ms AS STRING)) AS payment,
      CAST(NULL AS STRING) AS answer,
      CAST(NULL AS STRING) AS restated,
      read_at
    FROM valid_transactions_to_settle
    UNION ALL
    SELECT
      txn_id AS transaction_id,
      CAST(NULL AS STRING) AS payment,
      CONCAT_WS(U&'\001F',
        LPAD(CAST(source_lsn AS STRING), 20, '0'),
        CASE WHEN deleted THEN '' ELSE gateway END,
        CASE WHEN deleted THEN '' ELSE response_code END,
        CASE WHEN deleted THEN '' ELSE responded_at END,
        CAST(committed_ms AS STRING)) AS answer,
      CAST(NULL AS STRING) AS restated,
      read_at
    FROM valid_payment_gateway_response
    UNION ALL
    SELECT
      transaction_id,
      CAST(NULL AS STRING) AS payment,
      CAST(NULL AS STRING) AS answer,
      LPAD(CAST(source_lsn AS STRING), 20, '0') AS restated,
      read_at
    FROM valid_sp_v2_restatements
    -- One with a batch only tells people what comes too late.
    WHERE batch_id IS NULL
  )
)
-- Each half is taken apart once, here; an expression of a view is evaluated wherever it is used.
CROSS JOIN UNNEST(ARRAY[
  ROW(SPLIT(payment, U&'\001F'), SPLIT(answer, U&'\001F'))
]) AS halves (p, a)
-- An answer or a restatement that comes before its transaction waits for it.
WHERE payment IS NOT NULL
