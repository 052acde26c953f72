-- Each transaction with the terms that were in force when it was captured, as V2 knows them now; without
-- any while it is not captured or its merchant is not known.
--
-- Looked up and not joined: a lookup keeps no state and takes nothing back, so the stream stays
-- insert-only. Only the merchant is a key, and its spans are told apart here.
CREATE TEMPORARY VIEW transaction_terms AS
SELECT
  fact.*,
  term.terms_id,
  term.cycle_days,
  term.reserve_bps,
  term.fee_rate_id,
  term.fee_bps,
  term.fixed_paise,
  term.bearer
FROM (
  SELECT
    *,
    -- Of fixed width, so that texts compare as instants do.
    RPAD(REPLACE(REPLACE(captured_at, 'Z', ''), '.', ''), 25, '0') AS captured_text
  FROM (
    SELECT
      *,
      CAST(CAST(amount AS DECIMAL(14, 2)) * 100 AS BIGINT) AS amount_paise,
      CASE WHEN state IN ('SETTLED', 'SUCCESS') THEN COALESCE(responded_at, created_at) END
        AS captured_at
    FROM transaction_facts
  )
) AS fact
LEFT JOIN sp_v2_terms_in_force FOR SYSTEM_TIME AS OF fact.read_at AS term
  ON term.merchant_id = fact.merchant_id
  AND fact.captured_text >= term.valid_from
  AND fact.captured_text < term.valid_to
  AND (
    term.payment_method = fact.payment_method
    OR (
      term.payment_method = ''
      AND POSITION(
        CONCAT(U&'\001F', fact.payment_method, U&'\001F') IN term.named_methods) = 0
    )
  )
