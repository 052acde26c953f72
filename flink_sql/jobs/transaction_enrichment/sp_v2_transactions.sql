-- Each transaction as its newest facts make it. Status is a function of those facts alone.
INSERT INTO sp_v2_transactions
SELECT
  transaction_id,
  merchant_id,
  amount_paise,
  payment_method,
  TIMESTAMPADD(DAY, CAST(transaction_days AS INT), DATE '1970-01-01') AS transaction_date,
  'SABPAISA_STREAM' AS source_type,
  CASE
    WHEN state = 'SETTLED' THEN 'SETTLED'
    WHEN state = 'SUCCESS' THEN 'RECONCILED'
    WHEN state IN ('FAILED', 'CANCELLED', 'EXPIRED') THEN 'FAILED'
    ELSE 'PENDING'
  END AS status,
  created_at,
  captured_at,
  captured_at AS reconciled_at,
  CASE WHEN state = 'SETTLED' THEN updated_at END AS settled_at,
  expected_settlement_date,
  fee_paise,
  gst_paise,
  reserve_hold_paise,
  net_paise,
  terms_id,
  fee_rate_id,
  calendar_version,
  gateway,
  CASE WHEN state IN ('FAILED', 'CANCELLED', 'EXPIRED') THEN COALESCE(response_code, state)
  END AS failure_code,
  CASE WHEN state IN ('FAILED', 'CANCELLED', 'EXPIRED') THEN
    CASE
      WHEN response_code LIKE 'BANK@_%' ESCAPE '@' THEN 'bank'
      WHEN response_code LIKE 'GW@_%' ESCAPE '@' THEN 'gateway'
      WHEN response_code LIKE 'MERCHANT@_%' ESCAPE '@' THEN 'merchant'
      WHEN response_code LIKE 'OPS@_%' ESCAPE '@' THEN 'operations'
      ELSE 'system'
    END
  END AS failure_owner,
  CASE WHEN deleted THEN CAST(TO_TIMESTAMP_LTZ(committed_ms, 3) AS STRING) END AS deleted_at,
  source_lsn,
  gateway_lsn,
  restated_lsn,
  CAST(
    TO_TIMESTAMP_LTZ(GREATEST(committed_ms, COALESCE(answer_committed_ms, 0)), 3) AS STRING
  ) AS source_committed_at
FROM transaction_promises
