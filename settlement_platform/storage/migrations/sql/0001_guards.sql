-- V2 refuses older versions of a row and keeps what it replaces.
-- A sink flushes between checkpoints and replays after a failover, and a resumed zombie can write
-- too: only the database sees every writer, so the version guard stands here.

-- A transaction has two halves with a version each: the core's row and the gateway's answer. A
-- version that is older in either half was superseded before it came; the writer that knows both
-- halves brings them together again.
CREATE FUNCTION sp_v2_guard_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.source_lsn < OLD.source_lsn OR NEW.gateway_lsn < OLD.gateway_lsn THEN
    RETURN NULL;
  END IF;
  IF NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  NEW.loaded_at := clock_timestamp();
  INSERT INTO public.sp_v2_transaction_history (
    transaction_id, merchant_id, amount_paise, payment_method, transaction_date, source_type,
    status, created_at, captured_at, reconciled_at, settled_at, paid_out_at, settlement_batch_id,
    gateway, failure_code, failure_owner, deleted_at, source_lsn, gateway_lsn,
    source_committed_at, loaded_at, valid_from_at, valid_to_at, replaced_at)
  VALUES (
    OLD.transaction_id, OLD.merchant_id, OLD.amount_paise, OLD.payment_method,
    OLD.transaction_date, OLD.source_type, OLD.status, OLD.created_at, OLD.captured_at,
    OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.settlement_batch_id, OLD.gateway,
    OLD.failure_code, OLD.failure_owner, OLD.deleted_at, OLD.source_lsn, OLD.gateway_lsn,
    OLD.source_committed_at, OLD.loaded_at, OLD.source_committed_at,
    -- A change that V2 itself made has no commit in the core: it is true from V2's own clock on.
    CASE WHEN NEW.source_committed_at > OLD.source_committed_at
         THEN NEW.source_committed_at ELSE NEW.loaded_at END,
    NEW.loaded_at);
  RETURN NEW;
END
$$;
CREATE TRIGGER guard BEFORE UPDATE ON sp_v2_transactions
  FOR EACH ROW EXECUTE FUNCTION sp_v2_guard_transaction();

-- A bucket's version is the pair (highest LSN counted in, changes counted in): the topic has one
-- order, so the same pair always stands for the same content, and a smaller one for older content.
CREATE FUNCTION sp_v2_guard_aggregate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.source_lsn, NEW.source_events) < (OLD.source_lsn, OLD.source_events)
     OR NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  NEW.loaded_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER guard BEFORE UPDATE ON sp_v2_realtime_aggregates
  FOR EACH ROW EXECUTE FUNCTION sp_v2_guard_aggregate();

CREATE FUNCTION sp_v2_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.source_lsn < OLD.source_lsn OR NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  NEW.loaded_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER guard BEFORE UPDATE ON sp_v2_merchant_master
  FOR EACH ROW EXECUTE FUNCTION sp_v2_guard_version();
CREATE TRIGGER guard BEFORE UPDATE ON sp_v2_canary
  FOR EACH ROW EXECUTE FUNCTION sp_v2_guard_version();

-- What is known never becomes unknown: as_of does not go back for any reader.
CREATE FUNCTION sp_v2_guard_as_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.as_of := GREATEST(NEW.as_of, OLD.as_of);
  RETURN NEW;
END
$$;
CREATE TRIGGER guard BEFORE UPDATE ON sp_v2_as_of
  FOR EACH ROW EXECUTE FUNCTION sp_v2_guard_as_of();

-- The guard writes history for roles that may not: only through it does history grow. Its one table
-- is named with its schema, so no search_path has to be set and reset for each row.
ALTER FUNCTION sp_v2_guard_transaction() SECURITY DEFINER;

-- Updates in place: no index of these tables is on a column that changes.
ALTER TABLE sp_v2_transactions SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE sp_v2_realtime_aggregates
  SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
