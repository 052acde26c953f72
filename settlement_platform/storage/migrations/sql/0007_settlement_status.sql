-- What stands in a batch is settled: its items reach the stream, which writes it into the transaction.
DO $$
DECLARE
  name TEXT;
BEGIN
  FOR name IN
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE tablename IN ('sp_v2_transactions', 'sp_v2_transaction_history')
      AND schemaname IN ('public', 'v2_beside', 'v2_before')
  LOOP
    EXECUTE 'ALTER TABLE ' || name || ' ADD COLUMN settlement_lsn BIGINT DEFAULT 0 NOT NULL';
  END LOOP;
END
$$;
COMMENT ON COLUMN sp_v2_transactions.settled_at IS 'when its live batch was made; without one the last change of a row that the core says is settled; NULL = not yet';
COMMENT ON COLUMN sp_v2_transactions.paid_out_at IS 'when the bank credited its live batch; NULL = not yet';
COMMENT ON COLUMN sp_v2_transactions.settlement_lsn IS 'version: LSN in V2 of its newest batch item''s change, 0 = never in a batch';
COMMENT ON COLUMN sp_v2_transactions.source_committed_at IS 'commit of the newest change that this version holds, in the core or of its batch';
COMMENT ON COLUMN sp_v2_transaction_history.settled_at IS 'when its live batch was made; without one the last change of a row that the core says is settled; NULL = not yet';
COMMENT ON COLUMN sp_v2_transaction_history.paid_out_at IS 'when the bank credited its live batch; NULL = not yet';
COMMENT ON COLUMN sp_v2_transaction_history.settlement_lsn IS 'version: LSN in V2 of its newest batch item''s change, 0 = never in a batch';
COMMENT ON COLUMN sp_v2_transaction_history.source_committed_at IS 'commit of the newest change that this version holds, in the core or of its batch';

-- As before, and a version that is older in its item is refused, too.
CREATE OR REPLACE FUNCTION sp_v2_guard_transaction() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.source_lsn < OLD.source_lsn OR NEW.gateway_lsn < OLD.gateway_lsn
    OR NEW.restated_lsn < OLD.restated_lsn OR NEW.settlement_lsn < OLD.settlement_lsn THEN
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
    restated_lsn, settlement_lsn, source_committed_at, loaded_at, valid_from_at, valid_to_at, replaced_at)
  VALUES (
    OLD.transaction_id, OLD.merchant_id, OLD.amount_paise, OLD.payment_method,
    OLD.transaction_date, OLD.source_type, OLD.status, OLD.created_at, OLD.captured_at,
    OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.settlement_batch_id,
    OLD.expected_settlement_date, OLD.fee_paise, OLD.gst_paise, OLD.reserve_hold_paise,
    OLD.net_paise, OLD.terms_id, OLD.fee_rate_id, OLD.calendar_version, OLD.gateway,
    OLD.failure_code, OLD.failure_owner, OLD.deleted_at, OLD.source_lsn, OLD.gateway_lsn,
    OLD.restated_lsn, OLD.settlement_lsn, OLD.source_committed_at, OLD.loaded_at,
    OLD.source_committed_at,
    -- A change that V2 itself made has no commit in the core: it is true from V2's own clock on.
    CASE WHEN NEW.source_committed_at > OLD.source_committed_at
         THEN NEW.source_committed_at ELSE NEW.loaded_at END,
    NEW.loaded_at);
  RETURN NEW;
END
$$;

-- By what the money of an item was computed. Of those that are there it is what their transaction says.
ALTER TABLE sp_v2_settlement_items ADD COLUMN terms_id INTEGER, ADD COLUMN fee_rate_id INTEGER;
COMMENT ON COLUMN sp_v2_settlement_items.terms_id IS 'terms that its money was computed by';
COMMENT ON COLUMN sp_v2_settlement_items.fee_rate_id IS 'fee rate that its money was computed by';
UPDATE sp_v2_settlement_items AS item
SET terms_id = done.terms_id, fee_rate_id = done.fee_rate_id
FROM sp_v2_transactions AS done
WHERE done.transaction_id = item.transaction_id;

ALTER PUBLICATION settlement_v2_publication ADD TABLE sp_v2_settlement_items;
ALTER PUBLICATION settlement_v2_publication SET (publish = 'insert, update');
GRANT SELECT ON sp_v2_settlement_items TO v2_capture;
