-- Each version of a transaction that was the newest when it came, beside the one that it replaces.
CREATE TEMPORARY VIEW transaction_succession AS
SELECT
  *,
  LAG(CONCAT_WS(U&'\001F',
    merchant_id, payment_method, amount, transaction_days, state, created_at,
    CAST(committed_ms AS STRING))) OVER (PARTITION BY transaction_id ORDER BY read_at) AS previous
FROM (
  SELECT
    txn_id AS transaction_id,
    merchant_code AS merchant_id,
    payment_mode AS payment_method,
    amount,
    txn_date AS transaction_days,
    CASE
      WHEN deleted THEN 'DELETED' WHEN is_settled = '1' THEN 'SETTLED' ELSE status
    END AS state,
    created_at,
    committed_ms,
    CASE WHEN source_topic LIKE 'sabpaisa.%' THEN 'SABPAISA_STREAM' ELSE 'MANUAL_UPLOAD' END
      AS source_type,
    source_lsn,
    MAX(source_lsn) OVER (PARTITION BY txn_id ORDER BY read_at) AS newest_lsn,
    read_at
  FROM valid_transactions_to_settle
)
WHERE source_lsn = newest_lsn
