-- What settlement adds to a transaction. The tables that wait beside those that serve get it, too.
DO $$
DECLARE
  name TEXT;
BEGIN
  FOR name IN
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE tablename IN ('sp_v2_transactions', 'sp_v2_transaction_history')
      AND schemaname IN ('public', 'v2_beside', 'v2_before')
  LOOP
    EXECUTE 'ALTER TABLE ' || name || '
      ADD COLUMN expected_settlement_date DATE,
      ADD COLUMN fee_paise BIGINT,
      ADD COLUMN gst_paise BIGINT,
      ADD COLUMN reserve_hold_paise BIGINT,
      ADD COLUMN net_paise BIGINT,
      ADD COLUMN terms_id INTEGER,
      ADD COLUMN fee_rate_id INTEGER,
      ADD COLUMN calendar_version INTEGER';
  END LOOP;
END
$$;
COMMENT ON COLUMN sp_v2_transactions.expected_settlement_date IS 'business day of the promised payout; NULL = not known';
COMMENT ON COLUMN sp_v2_transactions.fee_paise IS 'fee taken from it; NULL = not known';
COMMENT ON COLUMN sp_v2_transactions.gst_paise IS 'GST on the fee; NULL = not known';
COMMENT ON COLUMN sp_v2_transactions.reserve_hold_paise IS 'held back of it; NULL = not known';
COMMENT ON COLUMN sp_v2_transactions.net_paise IS 'amount less fee, GST and reserve hold; NULL = not known';
COMMENT ON COLUMN sp_v2_transactions.terms_id IS 'terms of the merchant that it was captured under';
COMMENT ON COLUMN sp_v2_transactions.fee_rate_id IS 'fee rate that it was captured under';
COMMENT ON COLUMN sp_v2_transactions.calendar_version IS 'version of the holidays that its expected date was computed by';
COMMENT ON COLUMN sp_v2_transaction_history.expected_settlement_date IS 'business day of the promised payout; NULL = not known';
COMMENT ON COLUMN sp_v2_transaction_history.fee_paise IS 'fee taken from it; NULL = not known';
COMMENT ON COLUMN sp_v2_transaction_history.gst_paise IS 'GST on the fee; NULL = not known';
COMMENT ON COLUMN sp_v2_transaction_history.reserve_hold_paise IS 'held back of it; NULL = not known';
COMMENT ON COLUMN sp_v2_transaction_history.net_paise IS 'amount less fee, GST and reserve hold; NULL = not known';
COMMENT ON COLUMN sp_v2_transaction_history.terms_id IS 'terms of the merchant that it was captured under';
COMMENT ON COLUMN sp_v2_transaction_history.fee_rate_id IS 'fee rate that it was captured under';
COMMENT ON COLUMN sp_v2_transaction_history.calendar_version IS 'version of the holidays that its expected date was computed by';

-- As before, and history keeps the columns that were added.
CREATE OR REPLACE FUNCTION sp_v2_guard_transaction() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.source_lsn < OLD.source_lsn OR NEW.gateway_lsn < OLD.gateway_lsn THEN
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
    source_committed_at, loaded_at, valid_from_at, valid_to_at, replaced_at)
  VALUES (
    OLD.transaction_id, OLD.merchant_id, OLD.amount_paise, OLD.payment_method,
    OLD.transaction_date, OLD.source_type, OLD.status, OLD.created_at, OLD.captured_at,
    OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.settlement_batch_id,
    OLD.expected_settlement_date, OLD.fee_paise, OLD.gst_paise, OLD.reserve_hold_paise,
    OLD.net_paise, OLD.terms_id, OLD.fee_rate_id, OLD.calendar_version, OLD.gateway,
    OLD.failure_code, OLD.failure_owner, OLD.deleted_at, OLD.source_lsn, OLD.gateway_lsn,
    OLD.source_committed_at, OLD.loaded_at, OLD.source_committed_at,
    -- A change that V2 itself made has no commit in the core: it is true from V2's own clock on.
    CASE WHEN NEW.source_committed_at > OLD.source_committed_at
         THEN NEW.source_committed_at ELSE NEW.loaded_at END,
    NEW.loaded_at);
  RETURN NEW;
END
$$;

-- A merchant's terms as its stream tells them. Those that the core told first hold for every capture
-- before them as well: it knows no older ones. Only the change of a term is one, not that of a name.
CREATE FUNCTION sp_v2_note_core_terms(merchant TEXT, cycle SMALLINT, reserve INTEGER, told_at TIMESTAMPTZ)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  known public.sp_v2_merchant_terms;
  begins TIMESTAMPTZ := told_at;
BEGIN
  SELECT * INTO known FROM public.sp_v2_merchant_terms
  WHERE merchant_id = merchant AND source = 'core' ORDER BY terms_id DESC LIMIT 1;
  IF NOT FOUND THEN
    begins := '1970-01-01Z';
  ELSIF known.cycle_days = cycle AND known.reserve_bps = reserve THEN
    RETURN;
  END IF;
  UPDATE public.sp_v2_merchant_terms SET superseded_at = clock_timestamp()
  WHERE merchant_id = merchant AND superseded_at IS NULL AND valid_from_at >= begins;
  INSERT INTO public.sp_v2_merchant_terms (
    merchant_id, source, cycle_days, reserve_bps, valid_from_at, why, recorded_by)
  VALUES (merchant, 'core', cycle, reserve, begins, 'the core''s merchant_data', 'stream');
END
$$;

CREATE FUNCTION sp_v2_keep_core_terms() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  -- What is built beside goes through all its versions again.
  IF TG_TABLE_SCHEMA = 'public' AND NEW.deleted_at IS NULL THEN
    PERFORM public.sp_v2_note_core_terms(
      NEW.merchant_id, NEW.settlement_cycle_days, NEW.rolling_reserve_bps, NEW.updated_at);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_terms AFTER INSERT OR UPDATE ON sp_v2_merchant_master
  FOR EACH ROW EXECUTE FUNCTION sp_v2_keep_core_terms();

CREATE FUNCTION sp_v2_note_all_core_terms() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.sp_v2_note_core_terms(
    merchant_id, settlement_cycle_days, rolling_reserve_bps, updated_at)
  FROM public.sp_v2_merchant_master WHERE deleted_at IS NULL ORDER BY merchant_id;
END
$$;
SELECT sp_v2_note_all_core_terms();

-- As before; and what came to the merchants beside, while nobody wrote to those that served, is noted.
CREATE OR REPLACE FUNCTION sp_v2_promote(names TEXT[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY names LOOP
    EXECUTE format('DROP TABLE IF EXISTS v2_before.%I', name);
    EXECUTE format('ALTER TABLE public.%I SET SCHEMA v2_before', name);
    EXECUTE format('ALTER TABLE v2_beside.%I SET SCHEMA public', name);
  END LOOP;
  IF 'sp_v2_merchant_master' = ANY(names) THEN
    PERFORM public.sp_v2_note_all_core_terms();
  END IF;
END
$$;

-- What was declared, done or entered stays as it is, whoever asks.
CREATE FUNCTION sp_v2_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sp_v2_audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION sp_v2_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sp_v2_reserve_ledger
  FOR EACH STATEMENT EXECUTE FUNCTION sp_v2_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sp_v2_calendar_versions
  FOR EACH STATEMENT EXECUTE FUNCTION sp_v2_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sp_v2_holidays
  FOR EACH STATEMENT EXECUTE FUNCTION sp_v2_refuse_change();

-- The API takes steps with batches that are there: it makes none, and changes no amount. The stream
-- touches none of this.
GRANT SELECT ON
  sp_v2_calendar_versions, sp_v2_holidays, sp_v2_settlement_dates, sp_v2_merchant_terms,
  sp_v2_fee_rates, sp_v2_settlement_batches, sp_v2_settlement_items, sp_v2_adjustments,
  sp_v2_adjustment_parts, sp_v2_reserve_ledger, sp_v2_bank_transfers, sp_v2_outbox,
  sp_v2_audit_log, sp_v2_idempotency_keys
  TO v2_reader;
GRANT USAGE ON SCHEMA public TO v2_api;
GRANT SELECT ON
  sp_v2_settlement_batches, sp_v2_settlement_items, sp_v2_bank_transfers, sp_v2_idempotency_keys
  TO v2_api;
GRANT UPDATE (state, approved_at, approved_by, sent_at, sent_by, credited_at, credited_by, failed_at,
  failed_by, cancelled_at, cancelled_by, reason, utr) ON sp_v2_settlement_batches TO v2_api;
GRANT UPDATE (item_state, paid_out_at, utr, released_at) ON sp_v2_settlement_items TO v2_api;
GRANT UPDATE (utr, value_date, confirmed_by, statement_digest, statement_line)
  ON sp_v2_bank_transfers TO v2_api;
GRANT UPDATE (answer) ON sp_v2_idempotency_keys TO v2_api;
GRANT INSERT ON sp_v2_bank_transfers, sp_v2_outbox, sp_v2_audit_log, sp_v2_idempotency_keys TO v2_api;
GRANT USAGE ON SEQUENCE sp_v2_audit_log_audit_id_seq TO v2_api;
