-- One row for each change of a transaction or of its gateway answer: the newest version of both
-- halves, whichever arrived first. Its order is not the order of arrival but of the core's LSN.
--
-- A half is one text that begins with its LSN in twenty digits, so that MAX picks the newest version
-- and a repeated or late one changes nothing. An OVER window makes an insert-only stream of it: no
-- retraction and no DELETE can reach a sink, which a join of two changelogs would send.
CREATE TEMPORARY VIEW transaction_facts AS
SELECT
  transaction_id,
  SPLIT_INDEX(payment, U&'\001F', 1) AS merchant_id,
  SPLIT_INDEX(payment, U&'\001F', 2) AS payment_method,
  SPLIT_INDEX(payment, U&'\001F', 3) AS amount,
  SPLIT_INDEX(payment, U&'\001F', 4) AS transaction_days,
  SPLIT_INDEX(payment, U&'\001F', 5) AS state,
  SPLIT_INDEX(payment, U&'\001F', 6) AS created_at,
  SPLIT_INDEX(payment, U&'\001F', 7) AS updated_at,
  SPLIT_INDEX(payment, U&'\001F', 8) = '1' AS deleted,
  CAST(SPLIT_INDEX(payment, U&'\001F', 9) AS BIGINT) AS committed_ms,
  CAST(SUBSTRING(payment, 1, 20) AS BIGINT) AS source_lsn,
  NULLIF(SPLIT_INDEX(answer, U&'\001F', 1), '') AS gateway,
  NULLIF(SPLIT_INDEX(answer, U&'\001F', 2), '') AS response_code,
  NULLIF(SPLIT_INDEX(answer, U&'\001F', 3), '') AS responded_at,
  CAST(SPLIT_INDEX(answer, U&'\001F', 4) AS BIGINT) AS answer_committed_ms,
  COALESCE(CAST(SUBSTRING(answer, 1, 20) AS BIGINT), 0) AS gateway_lsn
FROM (
  SELECT
    transaction_id,
    MAX(payment) OVER (PARTITION BY transaction_id ORDER BY read_at) AS payment,
    MAX(answer) OVER (PARTITION BY transaction_id ORDER BY read_at) AS answer
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
      read_at
    FROM valid_payment_gateway_response
  )
)
-- An answer that comes before its transaction waits for it.
WHERE payment IS NOT NULL
