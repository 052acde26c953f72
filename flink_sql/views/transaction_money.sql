-- Fee, GST, reserve hold and net of each transaction that has terms: paise and basis points, each share
-- rounded half up, once. A share of x at r bps is (2 * x * r + 10000) / 20000 in whole numbers.
CREATE TEMPORARY VIEW transaction_money AS
SELECT *, amount_paise - fee_paise - gst_paise - reserve_hold_paise AS net_paise
FROM (
  SELECT
    *,
    (2 * GREATEST(amount_paise - fee_paise - gst_paise, 0) * reserve_bps + 10000) / 20000
      AS reserve_hold_paise
  FROM (
    SELECT *, (2 * fee_paise * 1800 + 10000) / 20000 AS gst_paise
    FROM (
      SELECT
        *,
        -- What the customer bears comes on top of the amount, and nothing of it off.
        CASE bearer
          WHEN 'MERCHANT' THEN (2 * amount_paise * fee_bps + 10000) / 20000 + fixed_paise
          WHEN 'CUSTOMER' THEN CAST(0 AS BIGINT)
        END AS fee_paise
      FROM transaction_terms
    )
  )
)
