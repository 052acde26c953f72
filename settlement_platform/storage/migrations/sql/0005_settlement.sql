-- Settlement: what it is computed by, its batches and what they pay, and records of what was done.
CREATE TABLE sp_v2_calendar_versions (
  calendar_version INTEGER NOT NULL,
  declared_at TIMESTAMP WITH TIME ZONE NOT NULL,
  lists TEXT NOT NULL,
  source TEXT NOT NULL,
  why TEXT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (calendar_version)
);
COMMENT ON COLUMN sp_v2_calendar_versions.calendar_version IS 'number of the declaration, from 1';
COMMENT ON COLUMN sp_v2_calendar_versions.declared_at IS 'when it was declared';
COMMENT ON COLUMN sp_v2_calendar_versions.lists IS 'regions and years that it lists in full: ''IN 2026;IN-MH 2026''';
COMMENT ON COLUMN sp_v2_calendar_versions.source IS 'who declared it, and where it stands';
COMMENT ON COLUMN sp_v2_calendar_versions.why IS 'reason, for people';
COMMENT ON COLUMN sp_v2_calendar_versions.recorded_at IS 'when V2 learnt of it';

CREATE TABLE sp_v2_holidays (
  calendar_version INTEGER NOT NULL,
  region TEXT NOT NULL,
  holiday_date DATE NOT NULL,
  change TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (calendar_version, region, holiday_date),
  CONSTRAINT change_is_known CHECK (change IN ('add', 'remove'))
);
COMMENT ON COLUMN sp_v2_holidays.calendar_version IS 'declaration that it stands in';
COMMENT ON COLUMN sp_v2_holidays.region IS 'IN, or a state as ISO 3166-2 has it';
COMMENT ON COLUMN sp_v2_holidays.holiday_date IS 'the day';
COMMENT ON COLUMN sp_v2_holidays.change IS 'add or remove';
COMMENT ON COLUMN sp_v2_holidays.name IS 'name of the holiday';

CREATE TABLE sp_v2_settlement_dates (
  capture_date DATE NOT NULL,
  cycle_days SMALLINT NOT NULL,
  expected_settlement_date DATE NOT NULL,
  calendar_version INTEGER NOT NULL,
  moved_from_date DATE,
  why TEXT,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (capture_date, cycle_days)
);
COMMENT ON COLUMN sp_v2_settlement_dates.capture_date IS 'business date of the captures';
COMMENT ON COLUMN sp_v2_settlement_dates.cycle_days IS 'N of T+N';
COMMENT ON COLUMN sp_v2_settlement_dates.expected_settlement_date IS 'the Nth business day after it';
COMMENT ON COLUMN sp_v2_settlement_dates.calendar_version IS 'holidays that this date was computed by';
COMMENT ON COLUMN sp_v2_settlement_dates.moved_from_date IS 'where it stood before; NULL = it never moved';
COMMENT ON COLUMN sp_v2_settlement_dates.why IS 'declarations that moved it; NULL = it never moved';
COMMENT ON COLUMN sp_v2_settlement_dates.changed_at IS 'when it was computed or moved';

CREATE TABLE sp_v2_merchant_terms (
  terms_id SERIAL NOT NULL,
  merchant_id TEXT NOT NULL,
  source TEXT NOT NULL,
  cycle_days SMALLINT NOT NULL,
  reserve_bps INTEGER NOT NULL,
  valid_from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  valid_to_at TIMESTAMP WITH TIME ZONE,
  why TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  superseded_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (terms_id),
  CONSTRAINT source_is_known CHECK (source IN ('core', 'v2')),
  CONSTRAINT validity_is_a_span CHECK (valid_to_at > valid_from_at),
  CONSTRAINT reserve_is_a_share CHECK (reserve_bps BETWEEN 0 AND 10000),
  CONSTRAINT cycle_is_a_cycle CHECK (cycle_days BETWEEN 0 AND 99)
);
CREATE INDEX ix_sp_v2_merchant_terms_merchant ON sp_v2_merchant_terms (merchant_id, terms_id);
COMMENT ON COLUMN sp_v2_merchant_terms.terms_id IS 'order of recording';
COMMENT ON COLUMN sp_v2_merchant_terms.merchant_id IS 'merchant';
COMMENT ON COLUMN sp_v2_merchant_terms.source IS 'core: told by its stream; v2: agreed here';
COMMENT ON COLUMN sp_v2_merchant_terms.cycle_days IS 'N of T+N';
COMMENT ON COLUMN sp_v2_merchant_terms.reserve_bps IS 'share of a payout held back';
COMMENT ON COLUMN sp_v2_merchant_terms.valid_from_at IS 'first capture that it holds for';
COMMENT ON COLUMN sp_v2_merchant_terms.valid_to_at IS 'first capture that it holds for no more; NULL = without end';
COMMENT ON COLUMN sp_v2_merchant_terms.why IS 'reason, for people';
COMMENT ON COLUMN sp_v2_merchant_terms.recorded_by IS 'who recorded it';
COMMENT ON COLUMN sp_v2_merchant_terms.recorded_at IS 'when V2 learnt of it';
COMMENT ON COLUMN sp_v2_merchant_terms.superseded_at IS 'when later rows had covered its whole span; NULL = it holds for some captures';

CREATE TABLE sp_v2_fee_rates (
  fee_rate_id SERIAL NOT NULL,
  merchant_id TEXT,
  payment_method TEXT,
  fee_bps INTEGER NOT NULL,
  fixed_paise BIGINT NOT NULL,
  bearer TEXT NOT NULL,
  valid_from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  valid_to_at TIMESTAMP WITH TIME ZONE,
  why TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  superseded_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (fee_rate_id),
  CONSTRAINT bearer_is_known CHECK (bearer IN ('MERCHANT', 'CUSTOMER')),
  CONSTRAINT validity_is_a_span CHECK (valid_to_at > valid_from_at),
  CONSTRAINT fee_is_a_share CHECK (fee_bps BETWEEN 0 AND 10000),
  CONSTRAINT fixed_fee_is_not_negative CHECK (fixed_paise >= 0)
);
CREATE INDEX ix_sp_v2_fee_rates_merchant ON sp_v2_fee_rates (merchant_id, fee_rate_id);
COMMENT ON COLUMN sp_v2_fee_rates.fee_rate_id IS 'order of recording';
COMMENT ON COLUMN sp_v2_fee_rates.merchant_id IS 'merchant; NULL = each without a rate of its own';
COMMENT ON COLUMN sp_v2_fee_rates.payment_method IS 'method; NULL = each without a rate of its own';
COMMENT ON COLUMN sp_v2_fee_rates.fee_bps IS 'share of the amount, before GST';
COMMENT ON COLUMN sp_v2_fee_rates.fixed_paise IS 'added to the share, before GST';
COMMENT ON COLUMN sp_v2_fee_rates.bearer IS 'MERCHANT or CUSTOMER: who pays it';
COMMENT ON COLUMN sp_v2_fee_rates.valid_from_at IS 'first capture that it holds for';
COMMENT ON COLUMN sp_v2_fee_rates.valid_to_at IS 'first capture that it holds for no more; NULL = without end';
COMMENT ON COLUMN sp_v2_fee_rates.why IS 'reason, for people';
COMMENT ON COLUMN sp_v2_fee_rates.recorded_by IS 'who recorded it';
COMMENT ON COLUMN sp_v2_fee_rates.recorded_at IS 'when V2 learnt of it';
COMMENT ON COLUMN sp_v2_fee_rates.superseded_at IS 'when later rows had covered its whole span; NULL = it holds for some captures';

CREATE TABLE sp_v2_settlement_batches (
  batch_id UUID NOT NULL,
  merchant_id TEXT NOT NULL,
  cycle_date DATE NOT NULL,
  state TEXT NOT NULL,
  item_count BIGINT NOT NULL,
  gross_paise NUMERIC(38, 0) NOT NULL,
  fee_paise NUMERIC(38, 0) NOT NULL,
  gst_paise NUMERIC(38, 0) NOT NULL,
  reserve_held_paise NUMERIC(38, 0) NOT NULL,
  reserve_released_paise NUMERIC(38, 0) NOT NULL,
  adjustments_paise NUMERIC(38, 0) NOT NULL,
  net_paise NUMERIC(38, 0) NOT NULL,
  calculated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  calculated_by TEXT NOT NULL,
  submitted_at TIMESTAMP WITH TIME ZONE,
  submitted_by TEXT,
  approved_at TIMESTAMP WITH TIME ZONE,
  approved_by TEXT,
  sent_at TIMESTAMP WITH TIME ZONE,
  sent_by TEXT,
  credited_at TIMESTAMP WITH TIME ZONE,
  credited_by TEXT,
  failed_at TIMESTAMP WITH TIME ZONE,
  failed_by TEXT,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  cancelled_by TEXT,
  reason TEXT,
  utr TEXT,
  PRIMARY KEY (batch_id),
  CONSTRAINT state_is_known CHECK (state IN ('CALCULATED', 'PENDING_APPROVAL', 'APPROVED', 'SENT', 'CREDITED', 'FAILED', 'CANCELLED')),
  CONSTRAINT net_is_the_sum_of_its_parts CHECK (net_paise = gross_paise - fee_paise - gst_paise - reserve_held_paise + reserve_released_paise + adjustments_paise),
  CONSTRAINT net_is_not_negative CHECK (net_paise >= 0)
);
CREATE INDEX ix_sp_v2_settlement_batches_cycle ON sp_v2_settlement_batches (cycle_date, batch_id);
CREATE UNIQUE INDEX uq_sp_v2_settlement_batches_live ON sp_v2_settlement_batches (merchant_id, cycle_date) WHERE state NOT IN ('FAILED', 'CANCELLED');
COMMENT ON COLUMN sp_v2_settlement_batches.batch_id IS 'identity of the batch';
COMMENT ON COLUMN sp_v2_settlement_batches.merchant_id IS 'merchant that is paid';
COMMENT ON COLUMN sp_v2_settlement_batches.cycle_date IS 'business day of the payout';
COMMENT ON COLUMN sp_v2_settlement_batches.state IS 'one of CALCULATED, PENDING_APPROVAL, APPROVED, SENT, CREDITED, FAILED, CANCELLED';
COMMENT ON COLUMN sp_v2_settlement_batches.item_count IS 'transactions in it';
COMMENT ON COLUMN sp_v2_settlement_batches.gross_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_settlement_batches.fee_paise IS 'fees on them';
COMMENT ON COLUMN sp_v2_settlement_batches.gst_paise IS 'GST on the fees';
COMMENT ON COLUMN sp_v2_settlement_batches.reserve_held_paise IS 'held back of them';
COMMENT ON COLUMN sp_v2_settlement_batches.reserve_released_paise IS 'given back of what was held';
COMMENT ON COLUMN sp_v2_settlement_batches.adjustments_paise IS 'refunds, chargebacks and reversals, signed';
COMMENT ON COLUMN sp_v2_settlement_batches.net_paise IS 'what the bank is to transfer';
COMMENT ON COLUMN sp_v2_settlement_batches.calculated_at IS 'when it was made';
COMMENT ON COLUMN sp_v2_settlement_batches.calculated_by IS 'who made it';
COMMENT ON COLUMN sp_v2_settlement_batches.submitted_at IS 'when it was put before an approver';
COMMENT ON COLUMN sp_v2_settlement_batches.submitted_by IS 'by whom';
COMMENT ON COLUMN sp_v2_settlement_batches.approved_at IS 'when it was approved';
COMMENT ON COLUMN sp_v2_settlement_batches.approved_by IS 'by whom';
COMMENT ON COLUMN sp_v2_settlement_batches.sent_at IS 'when it was sent to the bank';
COMMENT ON COLUMN sp_v2_settlement_batches.sent_by IS 'by whom';
COMMENT ON COLUMN sp_v2_settlement_batches.credited_at IS 'when the credit was confirmed';
COMMENT ON COLUMN sp_v2_settlement_batches.credited_by IS 'by whom';
COMMENT ON COLUMN sp_v2_settlement_batches.failed_at IS 'when its transfer was given up';
COMMENT ON COLUMN sp_v2_settlement_batches.failed_by IS 'by whom';
COMMENT ON COLUMN sp_v2_settlement_batches.cancelled_at IS 'when it was cancelled';
COMMENT ON COLUMN sp_v2_settlement_batches.cancelled_by IS 'by whom';
COMMENT ON COLUMN sp_v2_settlement_batches.reason IS 'why it failed or was cancelled';
COMMENT ON COLUMN sp_v2_settlement_batches.utr IS 'the bank''s reference of the credit';

CREATE TABLE sp_v2_settlement_items (
  batch_id UUID NOT NULL,
  transaction_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  due_date DATE NOT NULL,
  amount_paise BIGINT NOT NULL,
  fee_paise BIGINT NOT NULL,
  gst_paise BIGINT NOT NULL,
  reserve_hold_paise BIGINT NOT NULL,
  net_paise BIGINT NOT NULL,
  item_state TEXT NOT NULL,
  settled_at TIMESTAMP WITH TIME ZONE NOT NULL,
  paid_out_at TIMESTAMP WITH TIME ZONE,
  utr TEXT,
  released_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (batch_id, transaction_id),
  CONSTRAINT item_state_is_known CHECK (item_state IN ('LIVE', 'CREDITED', 'RELEASED')),
  CONSTRAINT net_is_what_is_left CHECK (net_paise = amount_paise - fee_paise - gst_paise - reserve_hold_paise),
  FOREIGN KEY(batch_id) REFERENCES sp_v2_settlement_batches (batch_id)
);
CREATE UNIQUE INDEX uq_sp_v2_settlement_items_live ON sp_v2_settlement_items (transaction_id) WHERE item_state <> 'RELEASED';
COMMENT ON COLUMN sp_v2_settlement_items.batch_id IS 'its batch';
COMMENT ON COLUMN sp_v2_settlement_items.transaction_id IS 'the transaction';
COMMENT ON COLUMN sp_v2_settlement_items.merchant_id IS 'merchant that is paid';
COMMENT ON COLUMN sp_v2_settlement_items.due_date IS 'expected settlement date when it was settled';
COMMENT ON COLUMN sp_v2_settlement_items.amount_paise IS 'amount of the payment';
COMMENT ON COLUMN sp_v2_settlement_items.fee_paise IS 'fee taken from it';
COMMENT ON COLUMN sp_v2_settlement_items.gst_paise IS 'GST on the fee';
COMMENT ON COLUMN sp_v2_settlement_items.reserve_hold_paise IS 'held back of it';
COMMENT ON COLUMN sp_v2_settlement_items.net_paise IS 'what the merchant is paid for it';
COMMENT ON COLUMN sp_v2_settlement_items.item_state IS 'LIVE: settled; CREDITED: paid out; RELEASED: unsettled again';
COMMENT ON COLUMN sp_v2_settlement_items.settled_at IS 'when its batch was made';
COMMENT ON COLUMN sp_v2_settlement_items.paid_out_at IS 'when the credit was confirmed; NULL = not yet';
COMMENT ON COLUMN sp_v2_settlement_items.utr IS 'the bank''s reference of the credit';
COMMENT ON COLUMN sp_v2_settlement_items.released_at IS 'when its batch failed or was cancelled';

CREATE TABLE sp_v2_adjustments (
  adjustment_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  origin_id TEXT NOT NULL,
  due_date DATE NOT NULL,
  amount_paise BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  recorded_by TEXT NOT NULL,
  PRIMARY KEY (adjustment_id),
  CONSTRAINT kind_is_known CHECK (kind IN ('REFUND', 'CHARGEBACK', 'REVERSAL')),
  CONSTRAINT sign_is_that_of_the_kind CHECK (amount_paise <> 0 AND (amount_paise > 0) = (kind = 'REVERSAL'))
);
CREATE INDEX ix_sp_v2_adjustments_merchant ON sp_v2_adjustments (merchant_id, due_date);
CREATE INDEX ix_sp_v2_adjustments_origin ON sp_v2_adjustments (origin_id);
COMMENT ON COLUMN sp_v2_adjustments.adjustment_id IS 'identity of the adjustment';
COMMENT ON COLUMN sp_v2_adjustments.merchant_id IS 'merchant that it is charged to or paid to';
COMMENT ON COLUMN sp_v2_adjustments.kind IS 'one of REFUND, CHARGEBACK, REVERSAL';
COMMENT ON COLUMN sp_v2_adjustments.origin_id IS 'transaction; of a reversal: adjustment that it takes back';
COMMENT ON COLUMN sp_v2_adjustments.due_date IS 'business day from which batches take it';
COMMENT ON COLUMN sp_v2_adjustments.amount_paise IS 'as the merchant sees it: a refund is negative';
COMMENT ON COLUMN sp_v2_adjustments.recorded_at IS 'when';
COMMENT ON COLUMN sp_v2_adjustments.recorded_by IS 'by whom';

CREATE TABLE sp_v2_adjustment_parts (
  batch_id UUID NOT NULL,
  adjustment_id TEXT NOT NULL,
  amount_paise BIGINT NOT NULL,
  PRIMARY KEY (batch_id, adjustment_id),
  FOREIGN KEY(batch_id) REFERENCES sp_v2_settlement_batches (batch_id),
  FOREIGN KEY(adjustment_id) REFERENCES sp_v2_adjustments (adjustment_id)
);
CREATE INDEX ix_sp_v2_adjustment_parts_adjustment ON sp_v2_adjustment_parts (adjustment_id);
COMMENT ON COLUMN sp_v2_adjustment_parts.batch_id IS 'its batch';
COMMENT ON COLUMN sp_v2_adjustment_parts.adjustment_id IS 'the adjustment';
COMMENT ON COLUMN sp_v2_adjustment_parts.amount_paise IS 'how much of it, signed';

CREATE TABLE sp_v2_reserve_ledger (
  entry_id BIGSERIAL NOT NULL,
  merchant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  hold_id UUID NOT NULL,
  batch_id UUID,
  adjustment_id TEXT,
  entry_date DATE NOT NULL,
  amount_paise BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (entry_id),
  CONSTRAINT kind_is_known CHECK (kind IN ('HOLD', 'RELEASE', 'CONSUME')),
  CONSTRAINT amount_is_positive CHECK (amount_paise > 0),
  CONSTRAINT it_is_for_a_batch_or_an_adjustment CHECK ((kind = 'CONSUME') = (batch_id IS NULL) AND (kind = 'CONSUME') = (adjustment_id IS NOT NULL)),
  FOREIGN KEY(batch_id) REFERENCES sp_v2_settlement_batches (batch_id),
  FOREIGN KEY(adjustment_id) REFERENCES sp_v2_adjustments (adjustment_id)
);
CREATE INDEX ix_sp_v2_reserve_ledger_batch ON sp_v2_reserve_ledger (batch_id);
CREATE INDEX ix_sp_v2_reserve_ledger_merchant ON sp_v2_reserve_ledger (merchant_id, hold_id);
COMMENT ON COLUMN sp_v2_reserve_ledger.entry_id IS 'order of entry';
COMMENT ON COLUMN sp_v2_reserve_ledger.merchant_id IS 'merchant';
COMMENT ON COLUMN sp_v2_reserve_ledger.kind IS 'one of HOLD, RELEASE, CONSUME';
COMMENT ON COLUMN sp_v2_reserve_ledger.hold_id IS 'the hold that it is of: the batch that held it';
COMMENT ON COLUMN sp_v2_reserve_ledger.batch_id IS 'batch that holds or releases it; NULL = it was consumed';
COMMENT ON COLUMN sp_v2_reserve_ledger.adjustment_id IS 'adjustment that was paid by it; NULL = it was not consumed';
COMMENT ON COLUMN sp_v2_reserve_ledger.entry_date IS 'cycle date of the batch, or day of consuming';
COMMENT ON COLUMN sp_v2_reserve_ledger.amount_paise IS 'how much, not signed';
COMMENT ON COLUMN sp_v2_reserve_ledger.recorded_at IS 'when';

CREATE TABLE sp_v2_bank_transfers (
  batch_id UUID NOT NULL,
  amount_paise NUMERIC(38, 0) NOT NULL,
  sent_date DATE NOT NULL,
  utr TEXT,
  value_date DATE,
  confirmed_by TEXT,
  statement_digest TEXT,
  statement_line INTEGER,
  PRIMARY KEY (batch_id),
  FOREIGN KEY(batch_id) REFERENCES sp_v2_settlement_batches (batch_id)
);
CREATE UNIQUE INDEX uq_sp_v2_bank_transfers_utr ON sp_v2_bank_transfers (utr) WHERE utr IS NOT NULL;
COMMENT ON COLUMN sp_v2_bank_transfers.batch_id IS 'its batch';
COMMENT ON COLUMN sp_v2_bank_transfers.amount_paise IS 'what the bank is to transfer';
COMMENT ON COLUMN sp_v2_bank_transfers.sent_date IS 'business day on which it was sent';
COMMENT ON COLUMN sp_v2_bank_transfers.utr IS 'the bank''s reference; NULL = not given yet';
COMMENT ON COLUMN sp_v2_bank_transfers.value_date IS 'when the bank credited it; NULL = not yet';
COMMENT ON COLUMN sp_v2_bank_transfers.confirmed_by IS 'EXACT or TRUNCATED: how a statement''s row named it; PERSON; NULL = not yet';
COMMENT ON COLUMN sp_v2_bank_transfers.statement_digest IS 'SHA-256 of the statement; NULL = none';
COMMENT ON COLUMN sp_v2_bank_transfers.statement_line IS 'line of it; NULL = none';

CREATE TABLE sp_v2_outbox (
  id UUID NOT NULL,
  aggregatetype TEXT NOT NULL,
  aggregateid TEXT NOT NULL,
  type TEXT NOT NULL,
  payload JSONB NOT NULL,
  schema_version INTEGER NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id)
);
COMMENT ON COLUMN sp_v2_outbox.id IS 'identity of the event';
COMMENT ON COLUMN sp_v2_outbox.aggregatetype IS 'kind of thing that it is about';
COMMENT ON COLUMN sp_v2_outbox.aggregateid IS 'which of them: the key of the record';
COMMENT ON COLUMN sp_v2_outbox.type IS 'topic that it goes to';
COMMENT ON COLUMN sp_v2_outbox.payload IS 'value of the record, by its topic''s JSON Schema';
COMMENT ON COLUMN sp_v2_outbox.schema_version IS 'version of that schema';
COMMENT ON COLUMN sp_v2_outbox.occurred_at IS 'when it happened';

CREATE TABLE sp_v2_audit_log (
  audit_id BIGSERIAL NOT NULL,
  happened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  details JSONB DEFAULT '{}'::jsonb NOT NULL,
  PRIMARY KEY (audit_id)
);
CREATE INDEX ix_sp_v2_audit_log_subject ON sp_v2_audit_log (subject_type, subject_id);
COMMENT ON COLUMN sp_v2_audit_log.audit_id IS 'order of entry';
COMMENT ON COLUMN sp_v2_audit_log.happened_at IS 'when';
COMMENT ON COLUMN sp_v2_audit_log.actor IS 'who';
COMMENT ON COLUMN sp_v2_audit_log.action IS 'what was done';
COMMENT ON COLUMN sp_v2_audit_log.subject_type IS 'kind of thing that it was done to';
COMMENT ON COLUMN sp_v2_audit_log.subject_id IS 'which of them';
COMMENT ON COLUMN sp_v2_audit_log.details IS 'what else was said';

CREATE TABLE sp_v2_idempotency_keys (
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer JSONB,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (idempotency_key)
);
COMMENT ON COLUMN sp_v2_idempotency_keys.idempotency_key IS 'the client''s key';
COMMENT ON COLUMN sp_v2_idempotency_keys.request_hash IS 'SHA-256 of what was asked for, and by whom';
COMMENT ON COLUMN sp_v2_idempotency_keys.answer IS 'what was answered; NULL only while it is carried out';
COMMENT ON COLUMN sp_v2_idempotency_keys.recorded_at IS 'when';
