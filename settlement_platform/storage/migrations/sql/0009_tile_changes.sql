-- What changes a transaction notes here, in its own transaction, what it takes away and what it brings.
CREATE TABLE sp_v2_tile_changes (
  weight SMALLINT NOT NULL,
  transaction_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  transaction_date DATE NOT NULL,
  payment_method TEXT NOT NULL,
  source_type TEXT NOT NULL,
  gateway TEXT,
  expected_settlement_date DATE,
  status TEXT NOT NULL,
  failure_code TEXT,
  failure_owner TEXT,
  amount_paise BIGINT NOT NULL,
  fee_paise BIGINT,
  net_paise BIGINT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  captured_at TIMESTAMP WITH TIME ZONE,
  reconciled_at TIMESTAMP WITH TIME ZONE,
  settled_at TIMESTAMP WITH TIME ZONE,
  paid_out_at TIMESTAMP WITH TIME ZONE,
  deleted_at TIMESTAMP WITH TIME ZONE
);
-- Emptied as fast as it is filled: the fold cleans it up itself.
ALTER TABLE sp_v2_tile_changes SET (autovacuum_enabled = off);
GRANT SELECT ON sp_v2_tile_changes TO v2_reader;

-- Of each change the line that takes away and the line that brings. The stream writes transactions, and
-- may write no line itself.
CREATE FUNCTION sp_v2_note_tile_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_TABLE_SCHEMA = 'public' THEN
    IF TG_OP = 'INSERT' THEN
      INSERT INTO public.sp_v2_tile_changes VALUES (
        1, NEW.transaction_id, NEW.merchant_id, NEW.transaction_date, NEW.payment_method,
        NEW.source_type, NEW.gateway, NEW.expected_settlement_date, NEW.status, NEW.failure_code,
        NEW.failure_owner, NEW.amount_paise, NEW.fee_paise, NEW.net_paise, NEW.created_at,
        NEW.captured_at, NEW.reconciled_at, NEW.settled_at, NEW.paid_out_at, NEW.deleted_at);
    ELSIF TG_OP = 'UPDATE' THEN
      INSERT INTO public.sp_v2_tile_changes VALUES (
        -1, OLD.transaction_id, OLD.merchant_id, OLD.transaction_date, OLD.payment_method,
        OLD.source_type, OLD.gateway, OLD.expected_settlement_date, OLD.status, OLD.failure_code,
        OLD.failure_owner, OLD.amount_paise, OLD.fee_paise, OLD.net_paise, OLD.created_at,
        OLD.captured_at, OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.deleted_at), (
        1, NEW.transaction_id, NEW.merchant_id, NEW.transaction_date, NEW.payment_method,
        NEW.source_type, NEW.gateway, NEW.expected_settlement_date, NEW.status, NEW.failure_code,
        NEW.failure_owner, NEW.amount_paise, NEW.fee_paise, NEW.net_paise, NEW.created_at,
        NEW.captured_at, NEW.reconciled_at, NEW.settled_at, NEW.paid_out_at, NEW.deleted_at);
    ELSIF TG_OP = 'DELETE' THEN
      INSERT INTO public.sp_v2_tile_changes VALUES (
        -1, OLD.transaction_id, OLD.merchant_id, OLD.transaction_date, OLD.payment_method,
        OLD.source_type, OLD.gateway, OLD.expected_settlement_date, OLD.status, OLD.failure_code,
        OLD.failure_owner, OLD.amount_paise, OLD.fee_paise, OLD.net_paise, OLD.created_at,
        OLD.captured_at, OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.deleted_at);
    ELSE
      TRUNCATE public.sp_v2_tile_cells, public.sp_v2_tile_hours, public.sp_v2_tile_failures,
        public.sp_v2_tile_changes;
    END IF;
  ELSIF TG_TABLE_SCHEMA = 'v2_beside' THEN
    IF TG_OP = 'INSERT' THEN
      INSERT INTO v2_beside.sp_v2_tile_changes VALUES (
        1, NEW.transaction_id, NEW.merchant_id, NEW.transaction_date, NEW.payment_method,
        NEW.source_type, NEW.gateway, NEW.expected_settlement_date, NEW.status, NEW.failure_code,
        NEW.failure_owner, NEW.amount_paise, NEW.fee_paise, NEW.net_paise, NEW.created_at,
        NEW.captured_at, NEW.reconciled_at, NEW.settled_at, NEW.paid_out_at, NEW.deleted_at);
    ELSIF TG_OP = 'UPDATE' THEN
      INSERT INTO v2_beside.sp_v2_tile_changes VALUES (
        -1, OLD.transaction_id, OLD.merchant_id, OLD.transaction_date, OLD.payment_method,
        OLD.source_type, OLD.gateway, OLD.expected_settlement_date, OLD.status, OLD.failure_code,
        OLD.failure_owner, OLD.amount_paise, OLD.fee_paise, OLD.net_paise, OLD.created_at,
        OLD.captured_at, OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.deleted_at), (
        1, NEW.transaction_id, NEW.merchant_id, NEW.transaction_date, NEW.payment_method,
        NEW.source_type, NEW.gateway, NEW.expected_settlement_date, NEW.status, NEW.failure_code,
        NEW.failure_owner, NEW.amount_paise, NEW.fee_paise, NEW.net_paise, NEW.created_at,
        NEW.captured_at, NEW.reconciled_at, NEW.settled_at, NEW.paid_out_at, NEW.deleted_at);
    ELSIF TG_OP = 'DELETE' THEN
      INSERT INTO v2_beside.sp_v2_tile_changes VALUES (
        -1, OLD.transaction_id, OLD.merchant_id, OLD.transaction_date, OLD.payment_method,
        OLD.source_type, OLD.gateway, OLD.expected_settlement_date, OLD.status, OLD.failure_code,
        OLD.failure_owner, OLD.amount_paise, OLD.fee_paise, OLD.net_paise, OLD.created_at,
        OLD.captured_at, OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.deleted_at);
    ELSE
      TRUNCATE v2_beside.sp_v2_tile_cells, v2_beside.sp_v2_tile_hours, v2_beside.sp_v2_tile_failures,
        v2_beside.sp_v2_tile_changes;
    END IF;
  ELSIF TG_TABLE_SCHEMA = 'v2_before' THEN
    IF TG_OP = 'INSERT' THEN
      INSERT INTO v2_before.sp_v2_tile_changes VALUES (
        1, NEW.transaction_id, NEW.merchant_id, NEW.transaction_date, NEW.payment_method,
        NEW.source_type, NEW.gateway, NEW.expected_settlement_date, NEW.status, NEW.failure_code,
        NEW.failure_owner, NEW.amount_paise, NEW.fee_paise, NEW.net_paise, NEW.created_at,
        NEW.captured_at, NEW.reconciled_at, NEW.settled_at, NEW.paid_out_at, NEW.deleted_at);
    ELSIF TG_OP = 'UPDATE' THEN
      INSERT INTO v2_before.sp_v2_tile_changes VALUES (
        -1, OLD.transaction_id, OLD.merchant_id, OLD.transaction_date, OLD.payment_method,
        OLD.source_type, OLD.gateway, OLD.expected_settlement_date, OLD.status, OLD.failure_code,
        OLD.failure_owner, OLD.amount_paise, OLD.fee_paise, OLD.net_paise, OLD.created_at,
        OLD.captured_at, OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.deleted_at), (
        1, NEW.transaction_id, NEW.merchant_id, NEW.transaction_date, NEW.payment_method,
        NEW.source_type, NEW.gateway, NEW.expected_settlement_date, NEW.status, NEW.failure_code,
        NEW.failure_owner, NEW.amount_paise, NEW.fee_paise, NEW.net_paise, NEW.created_at,
        NEW.captured_at, NEW.reconciled_at, NEW.settled_at, NEW.paid_out_at, NEW.deleted_at);
    ELSIF TG_OP = 'DELETE' THEN
      INSERT INTO v2_before.sp_v2_tile_changes VALUES (
        -1, OLD.transaction_id, OLD.merchant_id, OLD.transaction_date, OLD.payment_method,
        OLD.source_type, OLD.gateway, OLD.expected_settlement_date, OLD.status, OLD.failure_code,
        OLD.failure_owner, OLD.amount_paise, OLD.fee_paise, OLD.net_paise, OLD.created_at,
        OLD.captured_at, OLD.reconciled_at, OLD.settled_at, OLD.paid_out_at, OLD.deleted_at);
    ELSE
      TRUNCATE v2_before.sp_v2_tile_cells, v2_before.sp_v2_tile_hours, v2_before.sp_v2_tile_failures,
        v2_before.sp_v2_tile_changes;
    END IF;
  END IF;
  RETURN NULL;
END
$$;

-- From here on writers wait for this migration: what was there is added up, what comes is noted.
DO $do$
DECLARE
  place TEXT;
BEGIN
  FOREACH place IN ARRAY ARRAY['public', 'v2_beside', 'v2_before'] LOOP
    CONTINUE WHEN to_regclass(place || '.sp_v2_transactions') IS NULL;
    IF place <> 'public' THEN
      EXECUTE format('CREATE TABLE %s.sp_v2_tile_changes '
        '(LIKE public.sp_v2_tile_changes INCLUDING ALL)', place);
      EXECUTE format('GRANT SELECT ON %s.sp_v2_tile_changes TO v2_reader', place);
    END IF;
    EXECUTE format('CREATE TRIGGER tiles AFTER INSERT OR UPDATE OR DELETE ON %s.sp_v2_transactions '
      'FOR EACH ROW EXECUTE FUNCTION sp_v2_note_tile_change()', place);
    EXECUTE format('CREATE TRIGGER tiles_emptied AFTER TRUNCATE ON %s.sp_v2_transactions '
      'FOR EACH STATEMENT EXECUTE FUNCTION sp_v2_note_tile_change()', place);
  END LOOP;
END
$do$;
