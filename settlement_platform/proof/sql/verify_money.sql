-- Captured payments whose money or promised day is not what V2's terms, rates and dates make of it, or
-- for those in a live batch not the money that they were settled with.
-- Computed from what was recorded, in exact decimals: neither the view that the stream looks up nor its
-- arithmetic is used. A row each: identity, what it must be, what it is.
SELECT transaction_id, must_be, is_now
FROM (
  SELECT
    done.transaction_id,
    ARRAY[
      CASE WHEN settled THEN item.fee_paise WHEN known THEN fee END,
      CASE WHEN settled THEN item.gst_paise WHEN known THEN gst END,
      CASE WHEN settled THEN item.reserve_hold_paise WHEN known THEN hold END,
      CASE WHEN settled THEN item.net_paise
        WHEN known THEN done.amount_paise - fee - gst - hold END,
      CASE WHEN settled THEN item.terms_id WHEN known THEN terms.terms_id END,
      CASE WHEN settled THEN item.fee_rate_id WHEN known THEN rate.fee_rate_id END
    ]::text[] || CASE WHEN known THEN promise.expected_settlement_date END::text
      || CASE WHEN known THEN promise.calendar_version END::text AS must_be,
    ARRAY[
      done.fee_paise, done.gst_paise, done.reserve_hold_paise, done.net_paise, done.terms_id,
      done.fee_rate_id
    ]::text[] || done.expected_settlement_date::text || done.calendar_version::text AS is_now
  FROM sp_v2_transactions AS done
  LEFT JOIN LATERAL (
    SELECT terms_id, cycle_days, reserve_bps FROM sp_v2_merchant_terms AS one
    WHERE one.merchant_id = done.merchant_id
      AND done.captured_at >= valid_from_at
      AND done.captured_at < COALESCE(valid_to_at, 'infinity')
    ORDER BY terms_id DESC LIMIT 1
  ) AS terms ON TRUE
  LEFT JOIN LATERAL (
    SELECT fee_rate_id, fee_bps, fixed_paise, bearer FROM sp_v2_fee_rates AS one
    WHERE COALESCE(one.merchant_id, done.merchant_id) = done.merchant_id
      AND COALESCE(one.payment_method, done.payment_method) = done.payment_method
      AND done.captured_at >= valid_from_at
      AND done.captured_at < COALESCE(valid_to_at, 'infinity')
    ORDER BY
      CASE WHEN one.merchant_id IS NULL THEN 0 ELSE 2 END
        + CASE WHEN one.payment_method IS NULL THEN 0 ELSE 1 END DESC,
      fee_rate_id DESC
    LIMIT 1
  ) AS rate ON TRUE
  LEFT JOIN sp_v2_settlement_dates AS promise
    ON promise.cycle_days = terms.cycle_days
    AND promise.capture_date = date_trunc('day',
      (done.captured_at AT TIME ZONE 'Asia/Kolkata')
      + INTERVAL '1 day' - make_interval(secs => %(cut_off_seconds)s + 1))::date
  LEFT JOIN sp_v2_settlement_items AS item
    ON item.transaction_id = done.transaction_id AND item.item_state <> 'RELEASED'
  CROSS JOIN LATERAL (
    SELECT
      item.batch_id IS NOT NULL AS settled,
      done.captured_at IS NOT NULL AND terms.terms_id IS NOT NULL
        AND rate.fee_rate_id IS NOT NULL AS known,
      CASE WHEN rate.bearer = 'CUSTOMER' THEN 0
        ELSE round(done.amount_paise * rate.fee_bps::numeric / 10000) + rate.fixed_paise END AS fee
  ) AS charged
  CROSS JOIN LATERAL (SELECT round(fee * 18 / 100) AS gst) AS taxed
  CROSS JOIN LATERAL (
    SELECT round(greatest(done.amount_paise - fee - gst, 0) * terms.reserve_bps / 10000) AS hold
  ) AS held
  WHERE done.deleted_at IS NULL
    AND (%(dates)s::date[] IS NULL OR done.transaction_date = ANY(%(dates)s::date[]))
) AS judged
WHERE must_be IS DISTINCT FROM is_now
ORDER BY transaction_id
LIMIT %(limit_rows)s
