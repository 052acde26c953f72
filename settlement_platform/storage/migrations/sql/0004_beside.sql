-- A job whose state does not fit its changed SQL is built anew beside the one that serves: into tables
-- of the same names in v2_beside, which change places with those in public once they are proven.
-- What served before waits in v2_before.
CREATE SCHEMA v2_beside;
CREATE SCHEMA v2_before;
GRANT USAGE ON SCHEMA v2_beside, v2_before TO v2_stream, v2_reader;

-- An empty table beside one of public: same columns, keys, indexes and their names, storage
-- parameters, triggers and rights.
CREATE FUNCTION sp_v2_build_beside(name TEXT) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  served REGCLASS := format('public.%I', name)::regclass;
  statement TEXT;
BEGIN
  EXECUTE format('CREATE TABLE v2_beside.%I (LIKE public.%I INCLUDING ALL)', name, name);
  FOR statement IN
    SELECT format('ALTER TABLE v2_beside.%I SET (%s)', name, array_to_string(reloptions, ', '))
    FROM pg_class WHERE oid = served AND reloptions IS NOT NULL
    UNION ALL
    SELECT format('ALTER INDEX v2_beside.%I RENAME TO %I', copy.relname, original.relname)
    FROM pg_index AS i
    JOIN pg_class AS original ON original.oid = i.indexrelid
    JOIN pg_index AS j
      ON j.indrelid = format('v2_beside.%I', name)::regclass
      AND j.indkey = i.indkey AND j.indisprimary = i.indisprimary
    JOIN pg_class AS copy ON copy.oid = j.indexrelid
    WHERE i.indrelid = served AND copy.relname <> original.relname
    UNION ALL
    SELECT replace(pg_get_triggerdef(oid), ' ON public.', ' ON v2_beside.')
    FROM pg_trigger WHERE tgrelid = served AND NOT tgisinternal
    UNION ALL
    SELECT format('GRANT %s ON v2_beside.%I TO %I', privilege_type, name, grantee)
    FROM information_schema.role_table_grants
    WHERE table_schema = 'public' AND table_name = name AND grantee <> current_user
  LOOP
    EXECUTE statement;
  END LOOP;
END
$$;

-- The tables beside take the places of those that serve; these go to v2_before. Whoever reads waits
-- for the length of this transaction, and then reads the others.
CREATE FUNCTION sp_v2_promote(names TEXT[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY names LOOP
    EXECUTE format('DROP TABLE IF EXISTS v2_before.%I', name);
    EXECUTE format('ALTER TABLE public.%I SET SCHEMA v2_before', name);
    EXECUTE format('ALTER TABLE v2_beside.%I SET SCHEMA public', name);
  END LOOP;
END
$$;

-- History is of the rows that served: what is built beside goes through all its versions again.
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
