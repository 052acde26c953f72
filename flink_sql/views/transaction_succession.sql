-- Each version of a transaction that was the newest when it came, beside the one that it replaces.
CREATE TEMPORARY VIEW transaction_succession AS
SELECT
  facts,
  LAG(facts) OVER (PARTITION BY transaction_id ORDER BY read_at) AS previous,
  source_type,
  source_lsn,
  committed_ms
FROM (
  SELECT
    txn_id AS transaction_id,
    CONCAT_WS(U&'\001F',
      merchant_code,
      payment_mode,
      amount,
      txn_date,
      CASE WHEN deleted THEN 'DELETED' WHEN is_settled = '1' THEN 'SETTLED' ELSE status END,
      created_at,
      CAST(committed_ms AS STRING)) AS facts,
    CASE WHEN source_topic LIKE 'sabpaisa.%' THEN 'SABPAISA_STREAM' ELSE 'MANUAL_UPLOAD' END
      AS source_type,
    committed_ms,
    source_lsn,
    MAX(source_lsn) OVER (PARTITION BY txn_id ORDER BY read_at) AS newest_lsn,
    read_at
  FROM valid_transactions_to_settle
)
WHERE source_lsn = newest_lsn
