-- Business days, closed: the newest figures, every figure that was replaced, each closing, and a mart.
CREATE TABLE sp_v2_daily_closes (
  transaction_date DATE NOT NULL,
  merchant_id TEXT NOT NULL,
  payment_method TEXT NOT NULL,
  source_type TEXT NOT NULL,
  version INTEGER NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  attempted_count BIGINT NOT NULL,
  attempted_paise NUMERIC(38, 0) NOT NULL,
  captured_count BIGINT NOT NULL,
  captured_paise NUMERIC(38, 0) NOT NULL,
  reconciled_count BIGINT NOT NULL,
  reconciled_paise NUMERIC(38, 0) NOT NULL,
  settled_count BIGINT NOT NULL,
  settled_paise NUMERIC(38, 0) NOT NULL,
  unsettled_count BIGINT NOT NULL,
  unsettled_paise NUMERIC(38, 0) NOT NULL,
  failed_count BIGINT NOT NULL,
  failed_paise NUMERIC(38, 0) NOT NULL,
  PRIMARY KEY (transaction_date, merchant_id, payment_method, source_type)
);
COMMENT ON COLUMN sp_v2_daily_closes.transaction_date IS 'the closed business day';
COMMENT ON COLUMN sp_v2_daily_closes.merchant_id IS 'merchant';
COMMENT ON COLUMN sp_v2_daily_closes.payment_method IS 'the core''s spelling';
COMMENT ON COLUMN sp_v2_daily_closes.source_type IS 'where rows came from';
COMMENT ON COLUMN sp_v2_daily_closes.version IS 'the day''s closing that brought these figures, from 1';
COMMENT ON COLUMN sp_v2_daily_closes.as_of IS 'everything that the core committed before it is in';
COMMENT ON COLUMN sp_v2_daily_closes.closed_at IS 'when it was closed';
COMMENT ON COLUMN sp_v2_daily_closes.attempted_count IS 'payments begun, not deleted';
COMMENT ON COLUMN sp_v2_daily_closes.attempted_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_closes.captured_count IS 'of these, captured';
COMMENT ON COLUMN sp_v2_daily_closes.captured_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_closes.reconciled_count IS 'of these, reconciled';
COMMENT ON COLUMN sp_v2_daily_closes.reconciled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_closes.settled_count IS 'of these, settled';
COMMENT ON COLUMN sp_v2_daily_closes.settled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_closes.unsettled_count IS 'of the captured, not settled';
COMMENT ON COLUMN sp_v2_daily_closes.unsettled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_closes.failed_count IS 'of the attempted, failed for good';
COMMENT ON COLUMN sp_v2_daily_closes.failed_paise IS 'their amounts';

CREATE TABLE sp_v2_daily_close_history (
  transaction_date DATE NOT NULL,
  merchant_id TEXT NOT NULL,
  payment_method TEXT NOT NULL,
  source_type TEXT NOT NULL,
  version INTEGER NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  attempted_count BIGINT NOT NULL,
  attempted_paise NUMERIC(38, 0) NOT NULL,
  captured_count BIGINT NOT NULL,
  captured_paise NUMERIC(38, 0) NOT NULL,
  reconciled_count BIGINT NOT NULL,
  reconciled_paise NUMERIC(38, 0) NOT NULL,
  settled_count BIGINT NOT NULL,
  settled_paise NUMERIC(38, 0) NOT NULL,
  unsettled_count BIGINT NOT NULL,
  unsettled_paise NUMERIC(38, 0) NOT NULL,
  failed_count BIGINT NOT NULL,
  failed_paise NUMERIC(38, 0) NOT NULL,
  replaced_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (transaction_date, merchant_id, payment_method, source_type, version)
);
COMMENT ON COLUMN sp_v2_daily_close_history.transaction_date IS 'the closed business day';
COMMENT ON COLUMN sp_v2_daily_close_history.merchant_id IS 'merchant';
COMMENT ON COLUMN sp_v2_daily_close_history.payment_method IS 'the core''s spelling';
COMMENT ON COLUMN sp_v2_daily_close_history.source_type IS 'where rows came from';
COMMENT ON COLUMN sp_v2_daily_close_history.version IS 'the day''s closing that brought these figures, from 1';
COMMENT ON COLUMN sp_v2_daily_close_history.as_of IS 'everything that the core committed before it is in';
COMMENT ON COLUMN sp_v2_daily_close_history.closed_at IS 'when it was closed';
COMMENT ON COLUMN sp_v2_daily_close_history.attempted_count IS 'payments begun, not deleted';
COMMENT ON COLUMN sp_v2_daily_close_history.attempted_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_close_history.captured_count IS 'of these, captured';
COMMENT ON COLUMN sp_v2_daily_close_history.captured_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_close_history.reconciled_count IS 'of these, reconciled';
COMMENT ON COLUMN sp_v2_daily_close_history.reconciled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_close_history.settled_count IS 'of these, settled';
COMMENT ON COLUMN sp_v2_daily_close_history.settled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_close_history.unsettled_count IS 'of the captured, not settled';
COMMENT ON COLUMN sp_v2_daily_close_history.unsettled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_close_history.failed_count IS 'of the attempted, failed for good';
COMMENT ON COLUMN sp_v2_daily_close_history.failed_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_daily_close_history.replaced_at IS 'when a later closing replaced them';

CREATE TABLE sp_v2_day_closings (
  transaction_date DATE NOT NULL,
  version INTEGER NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_rows BIGINT NOT NULL,
  attempted_count BIGINT NOT NULL,
  attempted_paise NUMERIC(38, 0) NOT NULL,
  captured_count BIGINT NOT NULL,
  captured_paise NUMERIC(38, 0) NOT NULL,
  reconciled_count BIGINT NOT NULL,
  reconciled_paise NUMERIC(38, 0) NOT NULL,
  settled_count BIGINT NOT NULL,
  settled_paise NUMERIC(38, 0) NOT NULL,
  unsettled_count BIGINT NOT NULL,
  unsettled_paise NUMERIC(38, 0) NOT NULL,
  failed_count BIGINT NOT NULL,
  failed_paise NUMERIC(38, 0) NOT NULL,
  PRIMARY KEY (transaction_date, version)
);
COMMENT ON COLUMN sp_v2_day_closings.transaction_date IS 'the closed business day';
COMMENT ON COLUMN sp_v2_day_closings.version IS '1 for the first; a later one is there because a figure changed';
COMMENT ON COLUMN sp_v2_day_closings.as_of IS 'everything that the core committed before it is in';
COMMENT ON COLUMN sp_v2_day_closings.closed_at IS 'when it was closed';
COMMENT ON COLUMN sp_v2_day_closings.changed_rows IS 'rows of the close that it brought';
COMMENT ON COLUMN sp_v2_day_closings.attempted_count IS 'payments begun, not deleted';
COMMENT ON COLUMN sp_v2_day_closings.attempted_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_day_closings.captured_count IS 'of these, captured';
COMMENT ON COLUMN sp_v2_day_closings.captured_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_day_closings.reconciled_count IS 'of these, reconciled';
COMMENT ON COLUMN sp_v2_day_closings.reconciled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_day_closings.settled_count IS 'of these, settled';
COMMENT ON COLUMN sp_v2_day_closings.settled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_day_closings.unsettled_count IS 'of the captured, not settled';
COMMENT ON COLUMN sp_v2_day_closings.unsettled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_day_closings.failed_count IS 'of the attempted, failed for good';
COMMENT ON COLUMN sp_v2_day_closings.failed_paise IS 'their amounts';

CREATE TABLE sp_v2_mart_merchant_days (
  transaction_date DATE NOT NULL,
  merchant_id TEXT NOT NULL,
  attempted_count BIGINT NOT NULL,
  captured_count BIGINT NOT NULL,
  captured_paise NUMERIC(38, 0) NOT NULL,
  settled_count BIGINT NOT NULL,
  settled_paise NUMERIC(38, 0) NOT NULL,
  success_rate_bps INTEGER,
  settlement_rate_bps INTEGER,
  settle_p50_seconds BIGINT,
  settle_p90_seconds BIGINT,
  version INTEGER NOT NULL,
  computed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (transaction_date, merchant_id)
);
COMMENT ON COLUMN sp_v2_mart_merchant_days.transaction_date IS 'the closed business day';
COMMENT ON COLUMN sp_v2_mart_merchant_days.merchant_id IS 'merchant';
COMMENT ON COLUMN sp_v2_mart_merchant_days.attempted_count IS 'payments begun, not deleted';
COMMENT ON COLUMN sp_v2_mart_merchant_days.captured_count IS 'of these, captured';
COMMENT ON COLUMN sp_v2_mart_merchant_days.captured_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_mart_merchant_days.settled_count IS 'of these, settled';
COMMENT ON COLUMN sp_v2_mart_merchant_days.settled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_mart_merchant_days.success_rate_bps IS 'captured of attempted, by count; NULL = none attempted';
COMMENT ON COLUMN sp_v2_mart_merchant_days.settlement_rate_bps IS 'settled of captured, by count; NULL = none captured';
COMMENT ON COLUMN sp_v2_mart_merchant_days.settle_p50_seconds IS 'of the settled: median of settled_at - captured_at; NULL = none settled';
COMMENT ON COLUMN sp_v2_mart_merchant_days.settle_p90_seconds IS 'of the same: 90th percentile';
COMMENT ON COLUMN sp_v2_mart_merchant_days.version IS 'the day''s closing that it was computed from';
COMMENT ON COLUMN sp_v2_mart_merchant_days.computed_at IS 'when';

-- What a later closing replaces is kept. The history has a close's columns, and when it was replaced.
CREATE FUNCTION sp_v2_keep_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.sp_v2_daily_close_history SELECT OLD.*, NEW.closed_at;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep BEFORE UPDATE ON sp_v2_daily_closes
  FOR EACH ROW EXECUTE FUNCTION sp_v2_keep_close();

GRANT SELECT ON
  sp_v2_daily_closes, sp_v2_daily_close_history, sp_v2_day_closings, sp_v2_mart_merchant_days
  TO v2_reader;
