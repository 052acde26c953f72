-- Each transaction as its newest facts make it. Status is a function of those facts alone. One that
-- stands in a live batch has the money that it is settled with, whatever was agreed since.
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
  settled_at,
  paid_out_at,
  settlement_batch_id,
  expected_settlement_date,
  COALESCE(settled_fee_paise, fee_paise) AS fee_paise,
  COALESCE(settled_gst_paise, gst_paise) AS gst_paise,
  COALESCE(settled_reserve_hold_paise, reserve_hold_paise) AS reserve_hold_paise,
  COALESCE(settled_net_paise, net_paise) AS net_paise,
  COALESCE(settled_terms_id, terms_id) AS terms_id,
  COALESCE(settled_fee_rate_id, fee_rate_id) AS fee_rate_id,
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
  settlement_lsn,
  CAST(
    TO_TIMESTAMP_LTZ(
      GREATEST(
        committed_ms, COALESCE(answer_committed_ms, 0), COALESCE(settlement_committed_ms, 0)),
      3)
    AS STRING
  ) AS source_committed_at
FROM transaction_promises
