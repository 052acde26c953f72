-- The money of a transaction, as the stream computes it: by what terms, and again when they change.
DO $$
DECLARE
  name TEXT;
BEGIN
  FOR name IN
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE tablename IN ('sp_v2_transactions', 'sp_v2_transaction_history')
      AND schemaname IN ('public', 'v2_beside', 'v2_before')
  LOOP
    EXECUTE 'ALTER TABLE ' || name || ' ADD COLUMN restated_lsn BIGINT DEFAULT 0 NOT NULL';
  END LOOP;
END
$$;
COMMENT ON COLUMN sp_v2_transactions.restated_lsn IS 'version: LSN in V2 of its last restatement, 0 = never restated';
COMMENT ON COLUMN sp_v2_transaction_history.restated_lsn IS 'version: LSN in V2 of its last restatement, 0 = never restated';

-- As before, and a version that is older in its restatement is refused, too.
CREATE OR REPLACE FUNCTION sp_v2_guard_transaction() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.source_lsn < OLD.source_lsn OR NEW.gateway_lsn < OLD.gateway_lsn
    OR NEW.restated_lsn < OLD.restated_lsn THEN
    RETURN NULL;
  END IF;
  IF NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  NEW.loaded_at := clock_timestamp();
  IF TG_TABLE_SCHEMA <> 'public' THEN
    RETURN NEW;
  END IF;
  INSERT INTO public.sp_v2_transaction_history (
    transaction_id, merchant_id, amount_paise, payment_method, transaction_date, source_type,
    status, created_at, captured_at, reconciled_at, settled_at, paid_out_at, settlement_batch_id,
    expected_settlement_date, fee_paise, gst_paise, reserve_hold_paise, net_paise, terms_id,
    fee_rate_id, calendar_version,
    gateway, failure_code, failure_owner, deleted_at, source_lsn, gateway_lsn,
    restated_lsn, source_committed_at, loaded_at, valid_from_at, valid_to_at, replaced_at)
  VALUES (
    OLD.transaction_id, OLD.merchant_id, OLD.amount_paise, OLD.payment_method,
    OLD.transaction_date, OLD.source_type, OLD.status, OLD.created_at, OLD.captured_at,
    OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.settlement_batch_id,
    OLD.expected_settlement_date, OLD.fee_paise, OLD.gst_paise, OLD.reserve_hold_paise,
    OLD.net_paise, OLD.terms_id, OLD.fee_rate_id, OLD.calendar_version, OLD.gateway,
    OLD.failure_code, OLD.failure_owner, OLD.deleted_at, OLD.source_lsn, OLD.gateway_lsn,
    OLD.restated_lsn, OLD.source_committed_at, OLD.loaded_at, OLD.source_committed_at,
    -- A change that V2 itself made has no commit in the core: it is true from V2's own clock on.
    CASE WHEN NEW.source_committed_at > OLD.source_committed_at
         THEN NEW.source_committed_at ELSE NEW.loaded_at END,
    NEW.loaded_at);
  RETURN NEW;
END
$$;

CREATE TABLE sp_v2_restatements (
  restatement_id BIGSERIAL NOT NULL,
  transaction_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  cause TEXT NOT NULL,
  requested_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  batch_id UUID,
  PRIMARY KEY (restatement_id),
  CONSTRAINT reason_is_known CHECK (reason IN ('TERMS', 'FEE', 'DATE'))
);
CREATE INDEX ix_sp_v2_restatements_transaction ON sp_v2_restatements (transaction_id, requested_at);
COMMENT ON COLUMN sp_v2_restatements.restatement_id IS 'order of asking';
COMMENT ON COLUMN sp_v2_restatements.transaction_id IS 'transaction that is computed again';
COMMENT ON COLUMN sp_v2_restatements.reason IS 'what differs: TERMS, FEE, DATE';
COMMENT ON COLUMN sp_v2_restatements.cause IS 'the terms, rate or calendar that hold now, and why they do';
COMMENT ON COLUMN sp_v2_restatements.requested_at IS 'when';
COMMENT ON COLUMN sp_v2_restatements.batch_id IS 'live batch that it stands in and keeps its money for: make an adjustment; NULL = restated';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sp_v2_restatements
  FOR EACH STATEMENT EXECUTE FUNCTION sp_v2_refuse_change();

-- What is charged until somebody records another rate: no payment of a known merchant is without.
INSERT INTO sp_v2_fee_rates (fee_bps, fixed_paise, bearer, valid_from_at, why, recorded_by)
VALUES (200, 0, 'MERCHANT', '1970-01-01Z', 'the default, until another rate is recorded', 'migration');

-- What holds for the captures of a merchant, span by span, for each method that some rate names and,
-- under the empty method, for every other. Rows of one merchant are found by its indexes. Texts of
-- fixed width compare as their instants do.
CREATE VIEW sp_v2_terms_in_force AS
SELECT
  merchant.merchant_id,
  method.payment_method,
  CASE WHEN method.payment_method = '' THEN named.methods ELSE '' END AS named_methods,
  to_char(span.valid_from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SSUS') AS valid_from,
  CASE WHEN span.valid_to_at = 'infinity' THEN '9'
    ELSE to_char(span.valid_to_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SSUS') END AS valid_to,
  span.valid_from_at,
  span.valid_to_at,
  terms.terms_id,
  terms.cycle_days,
  terms.reserve_bps,
  fee.fee_rate_id,
  fee.fee_bps,
  fee.fixed_paise,
  fee.bearer
FROM (SELECT DISTINCT merchant_id FROM sp_v2_merchant_terms) AS merchant
CROSS JOIN LATERAL (
  SELECT COALESCE(U&'\001F' || string_agg(DISTINCT payment_method, U&'\001F') || U&'\001F', '')
    AS methods
  FROM sp_v2_fee_rates AS rate
  WHERE (rate.merchant_id = merchant.merchant_id OR rate.merchant_id IS NULL)
    AND rate.payment_method IS NOT NULL AND rate.superseded_at IS NULL
) AS named
CROSS JOIN LATERAL (
  SELECT '' AS payment_method
  UNION
  SELECT payment_method FROM sp_v2_fee_rates AS rate
  WHERE (rate.merchant_id = merchant.merchant_id OR rate.merchant_id IS NULL)
    AND rate.payment_method IS NOT NULL AND rate.superseded_at IS NULL
) AS method
CROSS JOIN LATERAL (
  SELECT edge_at AS valid_from_at, LEAD(edge_at, 1, 'infinity') OVER (ORDER BY edge_at) AS valid_to_at
  FROM (
    SELECT valid_from_at AS edge_at FROM sp_v2_merchant_terms AS one
    WHERE one.merchant_id = merchant.merchant_id AND superseded_at IS NULL
    UNION
    SELECT valid_to_at FROM sp_v2_merchant_terms AS one
    WHERE one.merchant_id = merchant.merchant_id AND superseded_at IS NULL
      AND valid_to_at IS NOT NULL
    UNION
    SELECT valid_from_at FROM sp_v2_fee_rates AS rate
    WHERE (rate.merchant_id = merchant.merchant_id OR rate.merchant_id IS NULL)
      AND superseded_at IS NULL
    UNION
    SELECT valid_to_at FROM sp_v2_fee_rates AS rate
    WHERE (rate.merchant_id = merchant.merchant_id OR rate.merchant_id IS NULL)
      AND superseded_at IS NULL AND valid_to_at IS NOT NULL
  ) AS edges
) AS span
CROSS JOIN LATERAL (
  SELECT terms_id, cycle_days, reserve_bps FROM sp_v2_merchant_terms AS one
  WHERE one.merchant_id = merchant.merchant_id AND superseded_at IS NULL
    AND one.valid_from_at <= span.valid_from_at
    AND (one.valid_to_at IS NULL OR span.valid_from_at < one.valid_to_at)
  ORDER BY terms_id DESC LIMIT 1
) AS terms
-- A merchant's own rate goes before the one for all, then a method's before the one for all methods.
CROSS JOIN LATERAL (
  SELECT fee_rate_id, fee_bps, fixed_paise, bearer FROM sp_v2_fee_rates AS rate
  WHERE (rate.merchant_id = merchant.merchant_id OR rate.merchant_id IS NULL)
    AND (rate.payment_method = method.payment_method OR rate.payment_method IS NULL)
    AND superseded_at IS NULL
    AND rate.valid_from_at <= span.valid_from_at
    AND (rate.valid_to_at IS NULL OR span.valid_from_at < rate.valid_to_at)
  ORDER BY rate.merchant_id IS NULL, rate.payment_method IS NULL, fee_rate_id DESC LIMIT 1
) AS fee;

-- The stream reads what it computes by, the capture role what the stream is told.
GRANT SELECT ON sp_v2_terms_in_force, sp_v2_settlement_dates TO v2_stream;
GRANT SELECT ON sp_v2_terms_in_force, sp_v2_restatements TO v2_reader;
GRANT USAGE ON SCHEMA public TO v2_capture;
GRANT SELECT ON sp_v2_restatements TO v2_capture;
CREATE PUBLICATION settlement_v2_publication FOR TABLE sp_v2_restatements
  WITH (publish = 'insert');
