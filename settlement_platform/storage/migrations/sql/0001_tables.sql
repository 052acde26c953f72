-- The tables of the live chain. Written once from the contract; later changes are later files.
CREATE TABLE sp_v2_as_of (
  as_of_id INTEGER NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (as_of_id)
);
COMMENT ON COLUMN sp_v2_as_of.as_of_id IS 'always 1';
COMMENT ON COLUMN sp_v2_as_of.as_of IS 'everything that the core committed before it is in';
COMMENT ON COLUMN sp_v2_as_of.published_at IS 'when that was established';

CREATE TABLE sp_v2_canary (
  canary_id INTEGER NOT NULL,
  core_at TIMESTAMP WITH TIME ZONE NOT NULL,
  connect_at TIMESTAMP WITH TIME ZONE NOT NULL,
  kafka_at TIMESTAMP WITH TIME ZONE NOT NULL,
  flink_at TIMESTAMP WITH TIME ZONE NOT NULL,
  source_lsn BIGINT NOT NULL,
  loaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (canary_id)
);
COMMENT ON COLUMN sp_v2_canary.canary_id IS 'always 1';
COMMENT ON COLUMN sp_v2_canary.core_at IS 'the core''s clock when it beat';
COMMENT ON COLUMN sp_v2_canary.connect_at IS 'when Debezium read it';
COMMENT ON COLUMN sp_v2_canary.kafka_at IS 'the record''s timestamp in Kafka';
COMMENT ON COLUMN sp_v2_canary.flink_at IS 'when Flink read it';
COMMENT ON COLUMN sp_v2_canary.source_lsn IS 'version: LSN of the beat';
COMMENT ON COLUMN sp_v2_canary.loaded_at IS 'when V2 took this version';

CREATE TABLE sp_v2_dead_letters (
  source_topic TEXT NOT NULL,
  source_partition INTEGER NOT NULL,
  source_offset BIGINT NOT NULL,
  reason TEXT NOT NULL,
  payload BYTEA,
  produced_at TIMESTAMP WITH TIME ZONE NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  loaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (source_topic, source_partition, source_offset)
);
COMMENT ON COLUMN sp_v2_dead_letters.source_topic IS 'topic';
COMMENT ON COLUMN sp_v2_dead_letters.source_partition IS 'partition';
COMMENT ON COLUMN sp_v2_dead_letters.source_offset IS 'offset';
COMMENT ON COLUMN sp_v2_dead_letters.reason IS 'why it could not be applied';
COMMENT ON COLUMN sp_v2_dead_letters.payload IS 'the record''s value, byte for byte';
COMMENT ON COLUMN sp_v2_dead_letters.produced_at IS 'the record''s timestamp in Kafka';
COMMENT ON COLUMN sp_v2_dead_letters.state IS 'open, replayed or dismissed';
COMMENT ON COLUMN sp_v2_dead_letters.loaded_at IS 'when V2 took this version';

CREATE TABLE sp_v2_job_deployments (
  job_name TEXT NOT NULL,
  spec_hash TEXT NOT NULL,
  flink_job_id TEXT,
  restored_from TEXT,
  deployed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (job_name)
);
COMMENT ON COLUMN sp_v2_job_deployments.job_name IS 'name of the Flink job';
COMMENT ON COLUMN sp_v2_job_deployments.spec_hash IS 'hash of its settings and SQL';
COMMENT ON COLUMN sp_v2_job_deployments.flink_job_id IS 'Flink''s identity of the running job';
COMMENT ON COLUMN sp_v2_job_deployments.restored_from IS 'checkpoint or savepoint it began from';
COMMENT ON COLUMN sp_v2_job_deployments.deployed_at IS 'when';

CREATE TABLE sp_v2_merchant_master (
  merchant_id TEXT NOT NULL,
  merchant_name TEXT NOT NULL,
  settlement_cycle_days SMALLINT NOT NULL,
  rolling_reserve_bps INTEGER NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  deleted_at TIMESTAMP WITH TIME ZONE,
  source_lsn BIGINT NOT NULL,
  source_committed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  loaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (merchant_id)
);
COMMENT ON COLUMN sp_v2_merchant_master.merchant_id IS 'identity of the merchant';
COMMENT ON COLUMN sp_v2_merchant_master.merchant_name IS 'trading name';
COMMENT ON COLUMN sp_v2_merchant_master.settlement_cycle_days IS 'N of the core''s T+N';
COMMENT ON COLUMN sp_v2_merchant_master.rolling_reserve_bps IS 'share of a payout held back';
COMMENT ON COLUMN sp_v2_merchant_master.updated_at IS 'when the core last changed it';
COMMENT ON COLUMN sp_v2_merchant_master.deleted_at IS 'when the core deleted it';
COMMENT ON COLUMN sp_v2_merchant_master.source_lsn IS 'version: LSN of the change in the core';
COMMENT ON COLUMN sp_v2_merchant_master.source_committed_at IS 'commit of that change';
COMMENT ON COLUMN sp_v2_merchant_master.loaded_at IS 'when V2 took this version';

CREATE TABLE sp_v2_realtime_aggregates (
  bucket_grain TEXT NOT NULL,
  bucket_start_at TIMESTAMP WITH TIME ZONE NOT NULL,
  transaction_date DATE NOT NULL,
  merchant_id TEXT NOT NULL,
  payment_method TEXT NOT NULL,
  source_type TEXT NOT NULL,
  attempted_count BIGINT NOT NULL,
  attempted_paise NUMERIC(38, 0) NOT NULL,
  captured_count BIGINT NOT NULL,
  captured_paise NUMERIC(38, 0) NOT NULL,
  reconciled_count BIGINT NOT NULL,
  reconciled_paise NUMERIC(38, 0) NOT NULL,
  settled_count BIGINT NOT NULL,
  settled_paise NUMERIC(38, 0) NOT NULL,
  failed_count BIGINT NOT NULL,
  failed_paise NUMERIC(38, 0) NOT NULL,
  source_lsn BIGINT NOT NULL,
  source_events BIGINT NOT NULL,
  source_committed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  loaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (bucket_grain, bucket_start_at, transaction_date, merchant_id, payment_method, source_type)
);
CREATE INDEX ix_sp_v2_realtime_aggregates_date ON sp_v2_realtime_aggregates (bucket_grain, transaction_date);
COMMENT ON COLUMN sp_v2_realtime_aggregates.bucket_grain IS 'one of MINUTE, HOUR, DAY; MINUTE for the last 48 hours';
COMMENT ON COLUMN sp_v2_realtime_aggregates.bucket_start_at IS 'start of the bucket of created_at (DAY: of transaction_date)';
COMMENT ON COLUMN sp_v2_realtime_aggregates.transaction_date IS 'business date of the payments counted';
COMMENT ON COLUMN sp_v2_realtime_aggregates.merchant_id IS 'merchant';
COMMENT ON COLUMN sp_v2_realtime_aggregates.payment_method IS 'the core''s spelling';
COMMENT ON COLUMN sp_v2_realtime_aggregates.source_type IS 'where rows came from';
COMMENT ON COLUMN sp_v2_realtime_aggregates.attempted_count IS 'payments begun, not deleted';
COMMENT ON COLUMN sp_v2_realtime_aggregates.attempted_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_realtime_aggregates.captured_count IS 'of these, captured';
COMMENT ON COLUMN sp_v2_realtime_aggregates.captured_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_realtime_aggregates.reconciled_count IS 'of these, reconciled';
COMMENT ON COLUMN sp_v2_realtime_aggregates.reconciled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_realtime_aggregates.settled_count IS 'of these, settled';
COMMENT ON COLUMN sp_v2_realtime_aggregates.settled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_realtime_aggregates.failed_count IS 'of the attempted, failed for good';
COMMENT ON COLUMN sp_v2_realtime_aggregates.failed_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_realtime_aggregates.source_lsn IS 'version: highest LSN counted in';
COMMENT ON COLUMN sp_v2_realtime_aggregates.source_events IS 'version: changes counted in';
COMMENT ON COLUMN sp_v2_realtime_aggregates.source_committed_at IS 'newest commit counted in';
COMMENT ON COLUMN sp_v2_realtime_aggregates.loaded_at IS 'when V2 took this version';

CREATE TABLE sp_v2_transaction_history (
  history_id BIGSERIAL NOT NULL,
  transaction_id TEXT NOT NULL,
  valid_from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  valid_to_at TIMESTAMP WITH TIME ZONE NOT NULL,
  loaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  replaced_at TIMESTAMP WITH TIME ZONE NOT NULL,
  merchant_id TEXT NOT NULL,
  amount_paise BIGINT NOT NULL,
  payment_method TEXT NOT NULL,
  transaction_date DATE NOT NULL,
  source_type TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  captured_at TIMESTAMP WITH TIME ZONE,
  reconciled_at TIMESTAMP WITH TIME ZONE,
  settled_at TIMESTAMP WITH TIME ZONE,
  paid_out_at TIMESTAMP WITH TIME ZONE,
  settlement_batch_id UUID,
  gateway TEXT,
  failure_code TEXT,
  failure_owner TEXT,
  deleted_at TIMESTAMP WITH TIME ZONE,
  source_lsn BIGINT NOT NULL,
  gateway_lsn BIGINT NOT NULL,
  source_committed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (history_id)
);
CREATE INDEX ix_sp_v2_transaction_history_id ON sp_v2_transaction_history (transaction_id, source_lsn);
COMMENT ON COLUMN sp_v2_transaction_history.history_id IS 'order of replacement';
COMMENT ON COLUMN sp_v2_transaction_history.transaction_id IS 'identity of the payment';
COMMENT ON COLUMN sp_v2_transaction_history.valid_from_at IS 'commit in the core that made it true';
COMMENT ON COLUMN sp_v2_transaction_history.valid_to_at IS 'commit in the core that replaced it';
COMMENT ON COLUMN sp_v2_transaction_history.loaded_at IS 'when V2 took this version';
COMMENT ON COLUMN sp_v2_transaction_history.replaced_at IS 'when V2 replaced this version';
COMMENT ON COLUMN sp_v2_transaction_history.merchant_id IS 'merchant that is paid';
COMMENT ON COLUMN sp_v2_transaction_history.amount_paise IS 'amount of the payment';
COMMENT ON COLUMN sp_v2_transaction_history.payment_method IS 'the core''s spelling, as it is';
COMMENT ON COLUMN sp_v2_transaction_history.transaction_date IS 'business date of the payment';
COMMENT ON COLUMN sp_v2_transaction_history.source_type IS 'SABPAISA_STREAM or MANUAL_UPLOAD';
COMMENT ON COLUMN sp_v2_transaction_history.status IS 'one of PENDING, RECONCILED, SETTLED, FAILED';
COMMENT ON COLUMN sp_v2_transaction_history.created_at IS 'when the payment was begun';
COMMENT ON COLUMN sp_v2_transaction_history.captured_at IS 'when it succeeded: the gateway''s answer, or created_at without one; NULL = not yet';
COMMENT ON COLUMN sp_v2_transaction_history.reconciled_at IS 'captured, and nothing found wrong with it: its captured_at; NULL = not yet';
COMMENT ON COLUMN sp_v2_transaction_history.settled_at IS 'the last change of a row that the core says is settled; NULL = not yet';
COMMENT ON COLUMN sp_v2_transaction_history.paid_out_at IS 'when the bank credited it; NULL = not yet';
COMMENT ON COLUMN sp_v2_transaction_history.settlement_batch_id IS 'live batch that it stands in';
COMMENT ON COLUMN sp_v2_transaction_history.gateway IS 'gateway that answered';
COMMENT ON COLUMN sp_v2_transaction_history.failure_code IS 'of a final failure: the gateway''s code, or the core''s status without an answer';
COMMENT ON COLUMN sp_v2_transaction_history.failure_owner IS 'of a final failure: bank, gateway, merchant, operations or system';
COMMENT ON COLUMN sp_v2_transaction_history.deleted_at IS 'when the core deleted it; such a row is kept and left out of every number';
COMMENT ON COLUMN sp_v2_transaction_history.source_lsn IS 'version: LSN of the core row''s change';
COMMENT ON COLUMN sp_v2_transaction_history.gateway_lsn IS 'version: LSN of the gateway answer''s change, 0 = no answer yet';
COMMENT ON COLUMN sp_v2_transaction_history.source_committed_at IS 'commit in the core of the newest change that this version holds';

CREATE TABLE sp_v2_transactions (
  transaction_id TEXT NOT NULL,
  loaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  merchant_id TEXT NOT NULL,
  amount_paise BIGINT NOT NULL,
  payment_method TEXT NOT NULL,
  transaction_date DATE NOT NULL,
  source_type TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  captured_at TIMESTAMP WITH TIME ZONE,
  reconciled_at TIMESTAMP WITH TIME ZONE,
  settled_at TIMESTAMP WITH TIME ZONE,
  paid_out_at TIMESTAMP WITH TIME ZONE,
  settlement_batch_id UUID,
  gateway TEXT,
  failure_code TEXT,
  failure_owner TEXT,
  deleted_at TIMESTAMP WITH TIME ZONE,
  source_lsn BIGINT NOT NULL,
  gateway_lsn BIGINT NOT NULL,
  source_committed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (transaction_id)
);
CREATE INDEX ix_sp_v2_transactions_date_merchant ON sp_v2_transactions (transaction_date, merchant_id);
CREATE INDEX ix_sp_v2_transactions_merchant ON sp_v2_transactions (merchant_id, created_at);
COMMENT ON COLUMN sp_v2_transactions.transaction_id IS 'identity of the payment';
COMMENT ON COLUMN sp_v2_transactions.loaded_at IS 'when V2 took this version';
COMMENT ON COLUMN sp_v2_transactions.merchant_id IS 'merchant that is paid';
COMMENT ON COLUMN sp_v2_transactions.amount_paise IS 'amount of the payment';
COMMENT ON COLUMN sp_v2_transactions.payment_method IS 'the core''s spelling, as it is';
COMMENT ON COLUMN sp_v2_transactions.transaction_date IS 'business date of the payment';
COMMENT ON COLUMN sp_v2_transactions.source_type IS 'SABPAISA_STREAM or MANUAL_UPLOAD';
COMMENT ON COLUMN sp_v2_transactions.status IS 'one of PENDING, RECONCILED, SETTLED, FAILED';
COMMENT ON COLUMN sp_v2_transactions.created_at IS 'when the payment was begun';
COMMENT ON COLUMN sp_v2_transactions.captured_at IS 'when it succeeded: the gateway''s answer, or created_at without one; NULL = not yet';
COMMENT ON COLUMN sp_v2_transactions.reconciled_at IS 'captured, and nothing found wrong with it: its captured_at; NULL = not yet';
COMMENT ON COLUMN sp_v2_transactions.settled_at IS 'the last change of a row that the core says is settled; NULL = not yet';
COMMENT ON COLUMN sp_v2_transactions.paid_out_at IS 'when the bank credited it; NULL = not yet';
COMMENT ON COLUMN sp_v2_transactions.settlement_batch_id IS 'live batch that it stands in';
COMMENT ON COLUMN sp_v2_transactions.gateway IS 'gateway that answered';
COMMENT ON COLUMN sp_v2_transactions.failure_code IS 'of a final failure: the gateway''s code, or the core''s status without an answer';
COMMENT ON COLUMN sp_v2_transactions.failure_owner IS 'of a final failure: bank, gateway, merchant, operations or system';
COMMENT ON COLUMN sp_v2_transactions.deleted_at IS 'when the core deleted it; such a row is kept and left out of every number';
COMMENT ON COLUMN sp_v2_transactions.source_lsn IS 'version: LSN of the core row''s change';
COMMENT ON COLUMN sp_v2_transactions.gateway_lsn IS 'version: LSN of the gateway answer''s change, 0 = no answer yet';
COMMENT ON COLUMN sp_v2_transactions.source_committed_at IS 'commit in the core of the newest change that this version holds';

