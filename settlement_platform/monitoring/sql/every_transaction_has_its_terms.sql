-- Captured payments of the business days from a date on, and those that were taken some time ago and
-- stand without terms, rate or promised day, or with other terms than those in force at their capture:
-- of these a merchant who is not known, and the first by its identity.
SELECT
  count(*) AS captured_count,
  count(*) FILTER (WHERE is_late AND is_wrong) AS wrong_count,
  count(*) FILTER (WHERE is_late AND NOT is_known) AS stranger_count,
  min(transaction_id) FILTER (WHERE is_late AND is_wrong) AS first_id,
  min(merchant_id) FILTER (WHERE is_late AND NOT is_known) AS first_stranger
FROM (
  SELECT
    done.transaction_id,
    done.merchant_id,
    done.loaded_at < clock_timestamp() - make_interval(secs => %(late_seconds)s) AS is_late,
    terms.terms_id IS NOT NULL AS is_known,
    terms.terms_id IS NOT NULL AND (
      (done.terms_id IS DISTINCT FROM terms.terms_id AND NOT EXISTS (
        -- What stands in a live batch keeps the money that it was settled with.
        SELECT FROM sp_v2_settlement_items AS item
        WHERE item.transaction_id = done.transaction_id AND item.item_state <> 'RELEASED'))
      OR done.fee_rate_id IS NULL
      OR done.net_paise IS DISTINCT FROM
        done.amount_paise - done.fee_paise - done.gst_paise - done.reserve_hold_paise
      OR (done.expected_settlement_date IS NULL AND EXISTS (
        SELECT FROM sp_v2_settlement_dates AS promise
        WHERE promise.capture_date = (done.captured_at AT TIME ZONE 'Asia/Kolkata')::date
          AND promise.cycle_days = terms.cycle_days))
    ) AS is_wrong
  FROM sp_v2_transactions AS done
  LEFT JOIN LATERAL (
    SELECT agreed.terms_id, agreed.cycle_days FROM sp_v2_merchant_terms AS agreed
    WHERE agreed.merchant_id = done.merchant_id
      AND agreed.valid_from_at <= done.captured_at
      AND (agreed.valid_to_at IS NULL OR done.captured_at < agreed.valid_to_at)
      AND agreed.recorded_at < clock_timestamp() - make_interval(secs => %(late_seconds)s)
    ORDER BY agreed.terms_id DESC LIMIT 1
  ) AS terms ON TRUE
  WHERE done.deleted_at IS NULL AND done.captured_at IS NOT NULL
    AND done.transaction_date >= %(from_date)s
) AS judged
