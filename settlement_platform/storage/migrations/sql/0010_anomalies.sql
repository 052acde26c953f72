-- Findings: what the stream found, and what people decided about it.
CREATE TABLE sp_v2_anomalies (
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  window_start_at TIMESTAMP WITH TIME ZONE NOT NULL,
  window_end_at TIMESTAMP WITH TIME ZONE NOT NULL,
  merchant_id TEXT,
  holds BOOLEAN NOT NULL,
  unit TEXT NOT NULL,
  observed NUMERIC(38, 0) NOT NULL,
  expected NUMERIC(38, 0) NOT NULL,
  score NUMERIC(12, 2) NOT NULL,
  evidence JSONB NOT NULL,
  source_lsn BIGINT NOT NULL,
  source_events BIGINT NOT NULL,
  source_committed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  anomaly_id UUID DEFAULT gen_random_uuid() NOT NULL,
  raised_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  state TEXT DEFAULT 'OPEN' NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE,
  decided_by TEXT,
  note TEXT,
  loaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (rule, subject, window_start_at),
  CONSTRAINT rule_is_known CHECK (rule IN ('duplicate_charge', 'failure_spike',
    'fee_mismatch', 'gmv_deviation', 'refund_burst', 'settlement_overdue')),
  CONSTRAINT state_is_known CHECK (state IN ('OPEN', 'ACKNOWLEDGED', 'CLOSED'))
);
CREATE INDEX ix_sp_v2_anomalies_raised ON sp_v2_anomalies (raised_at, anomaly_id);
CREATE UNIQUE INDEX uq_sp_v2_anomalies_id ON sp_v2_anomalies (anomaly_id);
COMMENT ON COLUMN sp_v2_anomalies.rule IS 'one of duplicate_charge, failure_spike, fee_mismatch, gmv_deviation, refund_burst, settlement_overdue';
COMMENT ON COLUMN sp_v2_anomalies.subject IS 'what it was found of, by its parts, with blanks between them';
COMMENT ON COLUMN sp_v2_anomalies.window_start_at IS 'first instant of what was looked at';
COMMENT ON COLUMN sp_v2_anomalies.window_end_at IS 'first instant after it';
COMMENT ON COLUMN sp_v2_anomalies.merchant_id IS 'merchant; NULL = not of one merchant';
COMMENT ON COLUMN sp_v2_anomalies.holds IS 'whether the rule finds it now; no = withdrawn';
COMMENT ON COLUMN sp_v2_anomalies.unit IS 'of observed and expected: paise, count or bps';
COMMENT ON COLUMN sp_v2_anomalies.observed IS 'what is there';
COMMENT ON COLUMN sp_v2_anomalies.expected IS 'what was to be expected';
COMMENT ON COLUMN sp_v2_anomalies.score IS 'how far the one is from the other, signed';
COMMENT ON COLUMN sp_v2_anomalies.evidence IS 'the numbers that the rule decided by';
COMMENT ON COLUMN sp_v2_anomalies.source_lsn IS 'version: highest LSN counted in';
COMMENT ON COLUMN sp_v2_anomalies.source_events IS 'version: changes counted in';
COMMENT ON COLUMN sp_v2_anomalies.source_committed_at IS 'newest commit counted in';
COMMENT ON COLUMN sp_v2_anomalies.anomaly_id IS 'identity of the finding';
COMMENT ON COLUMN sp_v2_anomalies.raised_at IS 'when V2 took it, the last time that it came to hold';
COMMENT ON COLUMN sp_v2_anomalies.withdrawn_at IS 'when it came to hold no more';
COMMENT ON COLUMN sp_v2_anomalies.state IS 'one of OPEN, ACKNOWLEDGED, CLOSED; OPEN again when it is raised again';
COMMENT ON COLUMN sp_v2_anomalies.decided_at IS 'when somebody acknowledged or closed it';
COMMENT ON COLUMN sp_v2_anomalies.decided_by IS 'who did';
COMMENT ON COLUMN sp_v2_anomalies.note IS 'what they said of it';
COMMENT ON COLUMN sp_v2_anomalies.loaded_at IS 'when V2 took this version';
CREATE TABLE sp_v2_anomaly_mutes (
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  muted_until TIMESTAMP WITH TIME ZONE NOT NULL,
  muted_by TEXT NOT NULL,
  why TEXT NOT NULL,
  muted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  PRIMARY KEY (rule, subject),
  CONSTRAINT rule_is_known CHECK (rule IN ('duplicate_charge', 'failure_spike', 'fee_mismatch', 'gmv_deviation', 'refund_burst', 'settlement_overdue'))
);
COMMENT ON COLUMN sp_v2_anomaly_mutes.rule IS 'the rule';
COMMENT ON COLUMN sp_v2_anomaly_mutes.subject IS 'what it is not to be told of';
COMMENT ON COLUMN sp_v2_anomaly_mutes.muted_until IS 'findings count again from here on';
COMMENT ON COLUMN sp_v2_anomaly_mutes.muted_by IS 'who muted it';
COMMENT ON COLUMN sp_v2_anomaly_mutes.why IS 'why';
COMMENT ON COLUMN sp_v2_anomaly_mutes.muted_at IS 'when';

-- A finding that does not hold is kept when it was raised before, and is nothing otherwise. What was
-- counted in is a version, as a bucket's is. One that is raised again is open again.
CREATE FUNCTION sp_v2_guard_anomaly() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_known BOOLEAN;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.holds THEN
      RETURN NEW;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE rule = $1 AND subject = $2'
      ' AND window_start_at = $3)', TG_RELID::regclass)
      INTO is_known USING NEW.rule, NEW.subject, NEW.window_start_at;
    RETURN CASE WHEN is_known THEN NEW END;
  END IF;
  IF (NEW.source_lsn, NEW.source_events) < (OLD.source_lsn, OLD.source_events)
    -- Each minute asks again what is overdue: the same answer of a later beat is no news.
    OR (NEW.holds, NEW.observed, NEW.expected, NEW.score, NEW.evidence, NEW.anomaly_id, NEW.raised_at,
      NEW.withdrawn_at, NEW.state, NEW.decided_at, NEW.note)
    IS NOT DISTINCT FROM
    (OLD.holds, OLD.observed, OLD.expected, OLD.score, OLD.evidence, OLD.anomaly_id, OLD.raised_at,
      OLD.withdrawn_at, OLD.state, OLD.decided_at, OLD.note) THEN
    RETURN NULL;
  END IF;
  NEW.loaded_at := clock_timestamp();
  IF OLD.holds AND NOT NEW.holds THEN
    NEW.withdrawn_at := NEW.loaded_at;
  ELSIF NEW.holds AND NOT OLD.holds THEN
    NEW.raised_at := NEW.loaded_at;
    NEW.withdrawn_at := NULL;
    NEW.state := 'OPEN';
    NEW.decided_at := NULL;
    NEW.decided_by := NULL;
    NEW.note := NULL;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON sp_v2_anomalies
  FOR EACH ROW EXECUTE FUNCTION sp_v2_guard_anomaly();

-- As before; and whoever may write some columns of a table may do so in the one that takes its place.
CREATE OR REPLACE FUNCTION sp_v2_build_beside(name TEXT) RETURNS void LANGUAGE plpgsql AS $$
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
    UNION ALL
    -- A right to the whole table is one to each column, and not told again.
    SELECT format('GRANT %s (%s) ON v2_beside.%I TO %I', privilege_type,
      string_agg(quote_ident(column_name), ', '), name, grantee)
    FROM information_schema.role_column_grants AS part
    WHERE table_schema = 'public' AND table_name = name AND grantee <> current_user
      AND NOT EXISTS (
        SELECT FROM information_schema.role_table_grants AS whole
        WHERE (whole.table_schema, whole.table_name, whole.grantee, whole.privilege_type)
          = (part.table_schema, part.table_name, part.grantee, part.privilege_type))
    GROUP BY privilege_type, grantee
  LOOP
    EXECUTE statement;
  END LOOP;
END
$$;

-- What follows is looked up by the stream. A view would keep to the very tables that it was made over,
-- and these change places when a job is built anew: a function finds them by name, and is inlined.

-- What a merchant captures in an hour of the day: over the 28 days that end with the one of
-- newest_start_at, those on which it captured something: medians, and the median absolute deviation of the logarithm.
CREATE FUNCTION sp_v2_gmv_rhythms() RETURNS TABLE (
  newest_start_at TIMESTAMPTZ, merchant_id TEXT, days BIGINT, typical_count FLOAT8,
  typical_paise FLOAT8, deviation FLOAT8
) LANGUAGE sql STABLE AS $$
  SELECT
    newest.bucket_start_at AS newest_start_at,
    hour.merchant_id,
    hour.days,
    hour.typical_count,
    hour.typical_paise,
    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(ln(paise / hour.typical_paise)))
     FROM unnest(hour.paise) AS paise) AS deviation
  FROM (
    SELECT DISTINCT bucket_start_at FROM public.sp_v2_realtime_aggregates WHERE bucket_grain = 'HOUR'
  ) AS newest
  CROSS JOIN LATERAL (
    SELECT
      merchant_id,
      count(*) AS days,
      array_agg(captured_paise::float8) AS paise,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY captured_count) AS typical_count,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY captured_paise::float8) AS typical_paise
    FROM generate_series(0, 27) AS back (days)
    CROSS JOIN LATERAL (
      SELECT
        cube.merchant_id,
        sum(cube.captured_count)::float8 AS captured_count,
        sum(cube.captured_paise) AS captured_paise
      FROM public.sp_v2_realtime_aggregates AS cube
      WHERE cube.bucket_grain = 'HOUR'
        AND cube.bucket_start_at = newest.bucket_start_at - make_interval(days => back.days)
        AND cube.transaction_date
          = (newest.bucket_start_at AT TIME ZONE 'Asia/Kolkata')::date - back.days
      GROUP BY cube.merchant_id
      HAVING sum(cube.captured_paise) > 0
    ) AS day
    GROUP BY merchant_id
  ) AS hour
$$;
CREATE VIEW sp_v2_gmv_rhythms AS SELECT * FROM sp_v2_gmv_rhythms();

-- Which share of a gateway's answers a failure code was, over the 28 business days before today.
CREATE FUNCTION sp_v2_failure_rhythms() RETURNS TABLE (
  gateway TEXT, failure_code TEXT, share FLOAT8
) LANGUAGE sql STABLE AS $$
  SELECT
    failed.gateway,
    failed.failure_code,
    sum(failed.failed_count)::float8 / NULLIF(max(answered.attempted_count), 0)::float8 AS share
  FROM (SELECT (now() AT TIME ZONE 'Asia/Kolkata')::date AS today) AS clock
  JOIN public.sp_v2_tile_failures AS failed
    ON failed.merchant_id = '' AND failed.transaction_date >= clock.today - 28
    AND failed.transaction_date < clock.today
  CROSS JOIN LATERAL (
    SELECT sum(cell.attempted_count) AS attempted_count FROM public.sp_v2_tile_cells AS cell
    WHERE cell.merchant_id = '' AND cell.gateway = failed.gateway
      AND cell.transaction_date >= clock.today - 28 AND cell.transaction_date < clock.today
  ) AS answered
  GROUP BY failed.gateway, failed.failure_code
$$;
CREATE VIEW sp_v2_failure_rhythms AS SELECT * FROM sp_v2_failure_rhythms();

-- How many refunds a merchant makes an hour, over the 28 days before today.
CREATE VIEW sp_v2_refund_rhythms AS
SELECT merchant_id, count(*)::float8 / (28 * 24) AS per_hour
FROM sp_v2_adjustments
WHERE kind = 'REFUND'
  AND recorded_at >= date_trunc('day', now(), 'Asia/Kolkata') - INTERVAL '28 days'
  AND recorded_at < date_trunc('day', now(), 'Asia/Kolkata')
GROUP BY merchant_id;

-- The fee of each payment that stands in a live batch, and what the terms of now make of it.
CREATE FUNCTION sp_v2_captured(name TEXT) RETURNS TABLE (
  merchant_id TEXT, payment_method TEXT, captured_at TIMESTAMPTZ
) LANGUAGE sql STABLE AS $$
  SELECT merchant_id, payment_method, captured_at FROM public.sp_v2_transactions
  WHERE transaction_id = name
$$;
CREATE VIEW sp_v2_contracted_fees AS
SELECT
  item.transaction_id,
  item.batch_id::text AS batch_id,
  item.merchant_id,
  batch.cycle_date,
  item.fee_paise AS charged_paise,
  CASE term.bearer
    WHEN 'MERCHANT' THEN (2 * item.amount_paise * term.fee_bps + 10000) / 20000 + term.fixed_paise
    ELSE 0
  END AS contracted_paise
FROM sp_v2_settlement_items AS item
JOIN sp_v2_settlement_batches AS batch USING (batch_id)
CROSS JOIN LATERAL sp_v2_captured(item.transaction_id) AS paid
JOIN sp_v2_terms_in_force AS term
  ON term.merchant_id = paid.merchant_id
  AND paid.captured_at >= term.valid_from_at AND paid.captured_at < term.valid_to_at
  AND (
    term.payment_method = paid.payment_method
    OR (term.payment_method = ''
      AND position(U&'\001F' || paid.payment_method || U&'\001F' IN term.named_methods) = 0)
  )
WHERE item.item_state <> 'RELEASED';

-- What was promised for one of the last 14 business dates and is not settled, and what was found so
-- and is settled since.
CREATE FUNCTION sp_v2_overdue() RETURNS TABLE (
  watch INTEGER, merchant_id TEXT, due_date DATE, unsettled_count BIGINT, unsettled_paise BIGINT
) LANGUAGE sql STABLE AS $$
  SELECT
    1 AS watch,
    merchant_id,
    due_date,
    sum(unsettled_count)::bigint AS unsettled_count,
    sum(unsettled_paise)::bigint AS unsettled_paise
  FROM (
    SELECT
      cell.merchant_id,
      cell.expected_settlement_date AS due_date,
      cell.captured_count - cell.settled_count AS unsettled_count,
      cell.captured_paise - cell.settled_paise AS unsettled_paise
    FROM (SELECT (now() AT TIME ZONE 'Asia/Kolkata')::date AS today) AS clock
    JOIN public.sp_v2_tile_cells AS cell
      ON cell.merchant_id <> '' AND cell.gateway = ''
      AND cell.transaction_date >= clock.today - 45
      AND cell.expected_settlement_date >= clock.today - 14
      AND cell.expected_settlement_date <= clock.today
      AND cell.captured_count > cell.settled_count
    UNION ALL
    SELECT subject, (window_start_at AT TIME ZONE 'Asia/Kolkata')::date, 0, 0
    FROM public.sp_v2_anomalies
    WHERE rule = 'settlement_overdue' AND holds
      AND window_start_at >= date_trunc('day', now(), 'Asia/Kolkata') - INTERVAL '14 days'
  ) AS unsettled
  GROUP BY merchant_id, due_date
$$;
CREATE VIEW sp_v2_overdue AS SELECT * FROM sp_v2_overdue();

GRANT SELECT, INSERT, UPDATE ON sp_v2_anomalies TO v2_stream;
GRANT SELECT ON sp_v2_tile_cells, sp_v2_tile_failures TO v2_stream;
GRANT SELECT ON sp_v2_gmv_rhythms, sp_v2_failure_rhythms, sp_v2_refund_rhythms,
  sp_v2_contracted_fees, sp_v2_overdue TO v2_stream;
GRANT SELECT ON sp_v2_anomalies, sp_v2_anomaly_mutes TO v2_api;
GRANT UPDATE (state, decided_at, decided_by, note) ON sp_v2_anomalies TO v2_api;
GRANT INSERT, UPDATE ON sp_v2_anomaly_mutes TO v2_api;
ALTER PUBLICATION settlement_v2_publication ADD TABLE sp_v2_adjustments;
GRANT SELECT ON sp_v2_adjustments TO v2_capture;
