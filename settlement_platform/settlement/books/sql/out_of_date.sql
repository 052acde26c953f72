-- Captured transactions that were computed by other terms, another rate or another calendar than those
-- in force at their capture, with what differs and why. One that stands in a live batch keeps the money
-- that it was settled with: beside it that batch, once for each correction. Where nothing changed in the
-- time looked at, nothing is read.
WITH changed AS (
  SELECT merchant_id, GREATEST(recorded_at, superseded_at) AS changed_at FROM sp_v2_merchant_terms
  UNION ALL
  SELECT merchant_id, GREATEST(recorded_at, superseded_at) FROM sp_v2_fee_rates
  UNION ALL
  SELECT NULL, max(changed_at) FROM sp_v2_settlement_dates
),
looked_at AS MATERIALIZED (
  SELECT DISTINCT merchant_id FROM changed
  WHERE %(everything)s
    OR changed_at BETWEEN clock_timestamp() - make_interval(secs => %(window_seconds)s)
      AND clock_timestamp() - make_interval(secs => %(lookup_seconds)s)
),
term AS MATERIALIZED (
  SELECT * FROM sp_v2_terms_in_force
  WHERE EXISTS (SELECT FROM looked_at WHERE merchant_id IS NULL)
    OR merchant_id IN (SELECT merchant_id FROM looked_at)
)
SELECT done.transaction_id, found.reason, found.cause, found.batch_id
FROM term
JOIN sp_v2_merchant_terms AS agreed USING (terms_id)
JOIN sp_v2_fee_rates AS rate USING (fee_rate_id)
JOIN sp_v2_transactions AS done
  ON done.merchant_id = term.merchant_id
  AND done.captured_at >= term.valid_from_at AND done.captured_at < term.valid_to_at
  AND (
    done.payment_method = term.payment_method
    OR (
      term.payment_method = ''
      AND strpos(term.named_methods, U&'\001F' || done.payment_method || U&'\001F') = 0
    )
  )
LEFT JOIN sp_v2_settlement_dates AS promise
  ON promise.cycle_days = term.cycle_days
  AND promise.capture_date = (
    done.captured_at AT TIME ZONE 'Asia/Kolkata'
    + make_interval(secs => 86399 - %(cut_off_seconds)s))::date
LEFT JOIN sp_v2_settlement_items AS item
  ON item.transaction_id = done.transaction_id AND item.item_state <> 'RELEASED'
CROSS JOIN LATERAL (
  SELECT
    done.terms_id IS DISTINCT FROM term.terms_id AS by_terms,
    done.fee_rate_id IS DISTINCT FROM term.fee_rate_id AS by_rate,
    (done.expected_settlement_date, done.calendar_version)
      IS DISTINCT FROM (promise.expected_settlement_date, promise.calendar_version) AS by_date
) AS differs
CROSS JOIN LATERAL (
  SELECT 'TERMS', 'terms ' || term.terms_id || ': ' || agreed.why, item.batch_id WHERE by_terms
  UNION ALL
  SELECT 'FEE', 'rate ' || term.fee_rate_id || ': ' || rate.why, item.batch_id
  WHERE by_rate AND NOT by_terms
  UNION ALL
  SELECT
    'DATE',
    'calendar ' || promise.calendar_version || ': ' || COALESCE(promise.why, 'now known'),
    NULL
  WHERE by_date AND (item.batch_id IS NOT NULL OR NOT (by_terms OR by_rate))
) AS found (reason, cause, batch_id)
WHERE
  done.deleted_at IS NULL
  AND NOT EXISTS (
    SELECT FROM sp_v2_restatements AS asked
    WHERE asked.transaction_id = done.transaction_id
      AND (asked.reason = 'DATE') = (found.reason = 'DATE')
      AND (
        asked.requested_at > clock_timestamp() - make_interval(secs => %(again_seconds)s)
        OR (
          asked.batch_id = found.batch_id
          AND asked.requested_at >= GREATEST(agreed.recorded_at, rate.recorded_at)
        )
      )
  )
LIMIT %(limit_rows)s
