-- The answer key's numbers, counted by PostgreSQL over the payments of one seeded run.
WITH judged AS (
  SELECT
    txn_date, merchant_code, payment_mode, (amount * 100)::bigint AS paise,
    is_settled = '1' AS settled,
    is_settled = '1' OR status = 'SUCCESS' AS captured,
    is_settled <> '1' AND status IN ('FAILED', 'CANCELLED', 'EXPIRED') AS failed
  FROM transactions_to_settle
  WHERE starts_with(txn_id, %(prefix)s)
)
SELECT
  txn_date, merchant_code, payment_mode,
  count(*), sum(paise)::text,
  count(*) FILTER (WHERE captured), coalesce(sum(paise) FILTER (WHERE captured), 0)::text,
  count(*) FILTER (WHERE settled), coalesce(sum(paise) FILTER (WHERE settled), 0)::text,
  count(*) FILTER (WHERE failed), coalesce(sum(paise) FILTER (WHERE failed), 0)::text
FROM judged
GROUP BY txn_date, merchant_code, payment_mode
