-- One row for each change of a transaction, of its gateway answer or of its item in a batch, and for
-- each restatement: the newest version of all of them, whichever arrived first. Its order is not the
-- order of arrival but of the LSNs.
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
  state,
  p[7] AS created_at,
  CASE WHEN state = 'SETTLED' THEN COALESCE(s[5], p[8]) END AS settled_at,
  p[9] = '1' AS deleted,
  CAST(p[10] AS BIGINT) AS committed_ms,
  CAST(p[1] AS BIGINT) AS source_lsn,
  NULLIF(a[2], '') AS gateway,
  NULLIF(a[3], '') AS response_code,
  NULLIF(a[4], '') AS responded_at,
  CAST(a[5] AS BIGINT) AS answer_committed_ms,
  COALESCE(CAST(a[1] AS BIGINT), 0) AS gateway_lsn,
  COALESCE(CAST(restated AS BIGINT), 0) AS restated_lsn,
  COALESCE(CAST(i[1] AS BIGINT), 0) AS settlement_lsn,
  CAST(i[3] AS BIGINT) AS settlement_committed_ms,
  -- What a transaction is settled with stands as long as it is in a live batch.
  s[4] AS settlement_batch_id,
  NULLIF(s[6], '') AS paid_out_at,
  CAST(s[7] AS BIGINT) AS settled_fee_paise,
  CAST(s[8] AS BIGINT) AS settled_gst_paise,
  CAST(s[9] AS BIGINT) AS settled_reserve_hold_paise,
  CAST(s[10] AS BIGINT) AS settled_net_paise,
  CAST(NULLIF(s[11], '') AS INT) AS settled_terms_id,
  CAST(NULLIF(s[12], '') AS INT) AS settled_fee_rate_id,
  read_at
FROM (
  SELECT
    *,
    -- Only while it stands in its batch.
    CASE WHEN SUBSTRING(item, 22, 1) = '1' THEN item END AS standing
  FROM (
    SELECT
      transaction_id,
      MAX(payment) OVER (PARTITION BY transaction_id ORDER BY read_at) AS payment,
      MAX(answer) OVER (PARTITION BY transaction_id ORDER BY read_at) AS answer,
      MAX(standing) OVER (PARTITION BY transaction_id ORDER BY read_at) AS item,
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
        CAST(NULL AS STRING) AS standing,
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
        CAST(NULL AS STRING) AS standing,
        CAST(NULL AS STRING) AS restated,
        read_at
      FROM valid_payment_gateway_response
      UNION ALL
      SELECT
        transaction_id,
        CAST(NULL AS STRING) AS payment,
        CAST(NULL AS STRING) AS answer,
        standing,
        CAST(NULL AS STRING) AS restated,
        read_at
      FROM transaction_standings
      UNION ALL
      SELECT
        transaction_id,
        CAST(NULL AS STRING) AS payment,
        CAST(NULL AS STRING) AS answer,
        CAST(NULL AS STRING) AS standing,
        LPAD(CAST(source_lsn AS STRING), 20, '0') AS restated,
        read_at
      FROM valid_sp_v2_restatements
      -- One with a batch only tells people what comes too late.
      WHERE batch_id IS NULL
    )
  )
)
-- Each half is taken apart once, here; an expression of a view is evaluated wherever it is used.
CROSS JOIN UNNEST(ARRAY[
  ROW(
    SPLIT(payment, U&'\001F'),
    SPLIT(answer, U&'\001F'),
    SPLIT(item, U&'\001F'),
    SPLIT(standing, U&'\001F'),
    CASE WHEN standing IS NOT NULL THEN 'SETTLED' ELSE SPLIT_INDEX(payment, U&'\001F', 5) END)
]) AS halves (p, a, i, s, state)
-- An answer, an item or a restatement that comes before its transaction waits for it.
WHERE payment IS NOT NULL
