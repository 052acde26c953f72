-- What the tiles are read from: cells, and the changes that are not in the cells yet. The fold moves
-- these into the cells, many at once. Whoever adds both up in one snapshot counts the payments that he
-- sees there, however far the fold has come.
CREATE TABLE sp_v2_tile_failures (
  merchant_id TEXT NOT NULL,
  transaction_date DATE NOT NULL,
  payment_method TEXT NOT NULL,
  source_type TEXT NOT NULL,
  gateway TEXT NOT NULL,
  failure_code TEXT NOT NULL,
  failure_owner TEXT NOT NULL,
  failed_count BIGINT NOT NULL,
  failed_paise NUMERIC(38, 0) NOT NULL,
  PRIMARY KEY (
    merchant_id, transaction_date, payment_method, source_type, gateway, failure_code, failure_owner)
);

CREATE TABLE sp_v2_tile_hours (
  transaction_date DATE NOT NULL,
  hour_start_at TIMESTAMP WITH TIME ZONE NOT NULL,
  payment_method TEXT NOT NULL,
  source_type TEXT NOT NULL,
  gateway TEXT NOT NULL,
  attempted_count BIGINT NOT NULL,
  attempted_paise NUMERIC(38, 0) NOT NULL,
  failed_count BIGINT NOT NULL,
  failed_paise NUMERIC(38, 0) NOT NULL,
  captured_count BIGINT NOT NULL,
  captured_paise NUMERIC(38, 0) NOT NULL,
  settled_count BIGINT NOT NULL,
  settled_paise NUMERIC(38, 0) NOT NULL,
  paid_out_count BIGINT NOT NULL,
  paid_out_paise NUMERIC(38, 0) NOT NULL,
  PRIMARY KEY (transaction_date, hour_start_at, payment_method, source_type, gateway)
);

-- Payments that changed after an instant: as they are now (weight -1) and as they were then (weight 1).
-- Of a payment's versions the first that was replaced after the instant is the one that held at it.
CREATE FUNCTION sp_v2_changes_since(at TIMESTAMPTZ) RETURNS TABLE (
  weight INTEGER, transaction_id TEXT, merchant_id TEXT, transaction_date DATE, payment_method TEXT,
  source_type TEXT, gateway TEXT, expected_settlement_date DATE, status TEXT, failure_code TEXT,
  failure_owner TEXT, amount_paise BIGINT, fee_paise BIGINT, net_paise BIGINT,
  created_at TIMESTAMPTZ, captured_at TIMESTAMPTZ, reconciled_at TIMESTAMPTZ,
  settled_at TIMESTAMPTZ, paid_out_at TIMESTAMPTZ, deleted_at TIMESTAMPTZ
) LANGUAGE sql STABLE AS $$
  SELECT
    -1, transaction_id, merchant_id, transaction_date, payment_method, source_type, gateway,
    expected_settlement_date, status, failure_code, failure_owner, amount_paise, fee_paise,
    net_paise, created_at, captured_at, reconciled_at, settled_at, paid_out_at, deleted_at
  FROM public.sp_v2_transactions
  WHERE source_committed_at > at
  UNION ALL
  -- Changed since by V2 alone.
  SELECT
    -1, transaction_id, merchant_id, transaction_date, payment_method, source_type, gateway,
    expected_settlement_date, status, failure_code, failure_owner, amount_paise, fee_paise,
    net_paise, created_at, captured_at, reconciled_at, settled_at, paid_out_at, deleted_at
  FROM public.sp_v2_transactions
  WHERE source_committed_at <= at AND transaction_id IN (
    SELECT transaction_id FROM public.sp_v2_transaction_history WHERE valid_to_at > at)
  UNION ALL
  SELECT
    1, transaction_id, merchant_id, transaction_date, payment_method, source_type, gateway,
    expected_settlement_date, status, failure_code, failure_owner, amount_paise, fee_paise,
    net_paise, created_at, captured_at, reconciled_at, settled_at, paid_out_at, deleted_at
  FROM (
    SELECT DISTINCT ON (transaction_id) *
    FROM public.sp_v2_transaction_history WHERE valid_to_at > at
    ORDER BY transaction_id, history_id
  ) AS version
  WHERE valid_from_at <= at
$$;

-- What a cell counts is written here once; the table, the triggers, the first filling and the cells of
-- the past are made of it. A stage includes the ones after it: 1 captured, 2 reconciled, 3 settled,
-- 4 paid out. The merchant '' stands for all, and so does the gateway '';
-- one gateway has cells of all merchants only. A duration is counted in the first bucket whose edge it
-- is below; twelve digits of one number are a bucket, so that one sum adds all of them up.
DO $do$
DECLARE
  keys CONSTANT TEXT :=
    'merchant_id, transaction_date, payment_method, source_type, gateway, expected_settlement_date';
  failure_keys CONSTANT TEXT :=
    'merchant_id, transaction_date, payment_method, source_type, gateway, failure_code, failure_owner';
  hour_keys CONSTANT TEXT :=
    'transaction_date, hour_start_at, payment_method, source_type, gateway';
  measures TEXT[][] := ARRAY[
    ['attempted_count', '1', 'stage >= 0'],
    ['attempted_paise', 'amount_paise', 'stage >= 0'],
    ['failed_count', '1', 'failed'],
    ['failed_paise', 'amount_paise', 'failed'],
    ['captured_count', '1', 'stage >= 1'],
    ['captured_paise', 'amount_paise', 'stage >= 1'],
    ['reconciled_count', '1', 'stage >= 2'],
    ['reconciled_paise', 'amount_paise', 'stage >= 2'],
    ['settled_count', '1', 'stage >= 3'],
    ['settled_paise', 'amount_paise', 'stage >= 3'],
    ['paid_out_count', '1', 'stage >= 4'],
    ['paid_out_paise', 'amount_paise', 'stage >= 4'],
    ['on_time_count', '1', 'stage >= 4 AND paid_out_date <= expected_settlement_date'],
    ['on_time_paise', 'amount_paise', 'stage >= 4 AND paid_out_date <= expected_settlement_date'],
    ['priced_count', '1', 'stage >= 1 AND fee_paise IS NOT NULL'],
    ['priced_paise', 'amount_paise', 'stage >= 1 AND fee_paise IS NOT NULL'],
    ['fee_paise', 'fee_paise', 'stage >= 1 AND fee_paise IS NOT NULL'],
    ['net_count', '1', 'stage >= 3 AND net_paise IS NOT NULL'],
    ['net_paise', 'net_paise', 'stage >= 3 AND net_paise IS NOT NULL'],
    ['settle_seconds', 'settle_seconds', 'stage >= 3'],
    ['late_count', '1', 'stage >= 3 AND settled_date > expected_settlement_date'],
    ['late_days', 'settled_date - expected_settlement_date',
      'stage >= 3 AND settled_date > expected_settlement_date'],
    ['capture_times', 'capture_time', 'stage >= 1'],
    ['settle_times', 'settle_time', 'stage >= 3'],
    ['payout_times', 'payout_time', 'stage >= 4']
  ];
  edges CONSTANT TEXT[][] := ARRAY[
    ['capture', '1,2,5,10,30,60,300,900,3600'],
    ['settle', '3600,14400,28800,43200,57600,72000,86400,100800,115200,129600,144000,158400,172800,'
      '194400,216000,259200,302400,345600,432000,604800'],
    ['payout', '3600,7200,14400,28800,43200,86400,172800,259200']];
  facts CONSTANT TEXT := $$
    SELECT
      weight, of_merchant AS merchant_id, transaction_date, payment_method, source_type,
      of_gateway AS gateway,
      COALESCE(expected_settlement_date, 'infinity') AS expected_settlement_date,
      COALESCE(failure_code, '') AS failure_code, COALESCE(failure_owner, '') AS failure_owner,
      amount_paise, fee_paise, net_paise, status = 'FAILED' AS failed,
      CASE
        WHEN captured_at IS NULL THEN 0
        WHEN reconciled_at IS NULL THEN 1
        WHEN settled_at IS NULL THEN 2
        WHEN paid_out_at IS NULL THEN 3
        ELSE 4
      END AS stage,
      date_trunc('hour', created_at, 'Asia/Kolkata') AS hour_start_at,
      (settled_at AT TIME ZONE 'Asia/Kolkata')::date AS settled_date,
      (paid_out_at AT TIME ZONE 'Asia/Kolkata')::date AS paid_out_date,
      floor(extract(epoch FROM settled_at - captured_at))::bigint AS settle_seconds,
      ('1e' || 12 * width_bucket(extract(epoch FROM captured_at - created_at), {capture}))::numeric AS capture_time,
      ('1e' || 12 * width_bucket(extract(epoch FROM settled_at - captured_at), {settle}))::numeric AS settle_time,
      ('1e' || 12 * width_bucket(extract(epoch FROM paid_out_at - settled_at), {payout}))::numeric AS payout_time
    FROM ({rows}) AS changed
    CROSS JOIN LATERAL (VALUES (merchant_id, ''), ('', ''), ('', gateway))
      AS cell (of_merchant, of_gateway)
    WHERE deleted_at IS NULL AND of_gateway IS NOT NULL$$;
  -- Payments of some merchants and gateways, as they are or, at an instant, as they were.
  chosen CONSTANT TEXT := $$
    SELECT * FROM (
      SELECT
        1 AS weight, transaction_id, merchant_id, transaction_date, payment_method, source_type,
        gateway, expected_settlement_date, status, failure_code, failure_owner, amount_paise,
        fee_paise, net_paise, created_at, captured_at, reconciled_at, settled_at, paid_out_at,
        deleted_at
      FROM public.sp_v2_transactions
      UNION ALL
      SELECT * FROM public.sp_v2_changes_since(at) WHERE at IS NOT NULL
    ) AS payment
    WHERE merchant_id = ANY(merchants) AND gateway = ANY(gateways)
      AND transaction_date >= from_date AND transaction_date < to_date$$;
  columns TEXT := '';
  sums TEXT := '';
  additions TEXT := '';
  is_change TEXT := '';
  one_sum TEXT;
  one_addition TEXT;
  hour_sums TEXT := '';
  hour_additions TEXT := '';
  hour_is_change TEXT := '';
  measured TEXT := facts;
  cells TEXT;
  hours TEXT;
  failures TEXT;
  statement TEXT;
  body TEXT := '';
  kind TEXT;
  at INTEGER;
  place TEXT;
  event TEXT[];
BEGIN
  FOR at IN 1..array_length(edges, 1) LOOP
    measured := replace(measured, '{' || edges[at][1] || '}',
      format('%L::numeric[]', '{' || edges[at][2] || '}'));
  END LOOP;
  FOR at IN 1..array_length(measures, 1) LOOP
    kind := CASE
      WHEN measures[at][1] LIKE '%\_paise' THEN 'NUMERIC(38, 0)'
      WHEN measures[at][1] LIKE '%\_times' THEN 'NUMERIC'
      ELSE 'BIGINT' END;
    columns := columns || format(', %s %s NOT NULL', measures[at][1], kind);
    one_sum := format(', COALESCE(sum(weight * (%s)) FILTER (WHERE %s), 0)::%s AS %s',
      measures[at][2], measures[at][3], kind, measures[at][1]);
    one_addition := format(', %1$s = cell.%1$s + EXCLUDED.%1$s', measures[at][1]);
    sums := sums || one_sum;
    additions := additions || one_addition;
    is_change := is_change || format(' OR %s <> 0', measures[at][1]);
    IF measures[at][1] ~ '^(attempted|failed|captured|settled|paid_out)_' THEN
      hour_sums := hour_sums || one_sum;
      hour_additions := hour_additions || one_addition;
      hour_is_change := hour_is_change || format(' OR %s <> 0', measures[at][1]);
    END IF;
  END LOOP;
  cells := format('SELECT %s%s FROM fact GROUP BY %1$s', keys, sums);
  hours := format('SELECT %s%s FROM fact WHERE merchant_id = '''' GROUP BY %1$s',
    hour_keys, hour_sums);
  failures := format('SELECT %s, sum(weight)::bigint AS failed_count, '
    'sum(weight * amount_paise) AS failed_paise FROM fact WHERE failed GROUP BY %1$s',
    failure_keys);
  EXECUTE format('CREATE TABLE sp_v2_tile_cells (merchant_id TEXT NOT NULL, '
    'transaction_date DATE NOT NULL, payment_method TEXT NOT NULL, source_type TEXT NOT NULL, '
    'gateway TEXT NOT NULL, expected_settlement_date DATE NOT NULL%s, PRIMARY KEY (%s))',
    columns, keys);

  -- The functions name their columns: a table's own type would go away with it.
  FOREACH event SLICE 1 IN ARRAY ARRAY[
    ['cells', cells], ['hours', hours], ['failures', failures]]
  LOOP
    SELECT string_agg(format('%I %s', attname, format_type(atttypid, NULL)), ', ' ORDER BY attnum)
      INTO columns
      FROM pg_attribute WHERE attrelid = ('sp_v2_tile_' || event[1])::regclass AND attnum > 0;
    EXECUTE format('CREATE FUNCTION sp_v2_%s_since(at TIMESTAMPTZ) RETURNS TABLE (%s) '
      'LANGUAGE sql STABLE AS %L', event[1], columns,
      format('WITH fact AS NOT MATERIALIZED (%s) %s',
        replace(measured, '{rows}', 'SELECT * FROM public.sp_v2_changes_since(at)'), event[2]));
    EXECUTE format('CREATE FUNCTION sp_v2_%s_pending() RETURNS TABLE (%s) '
      'LANGUAGE sql STABLE AS %L', event[1], columns,
      format('WITH fact AS NOT MATERIALIZED (%s) %s',
        replace(measured, '{rows}', 'SELECT * FROM public.sp_v2_tile_changes'), event[2]));
    IF event[1] <> 'hours' THEN
      EXECUTE format('CREATE FUNCTION sp_v2_%s_of(merchants TEXT[], gateways TEXT[], '
        'from_date DATE, to_date DATE, at TIMESTAMPTZ) RETURNS TABLE (%s) LANGUAGE sql STABLE AS %L',
        event[1], columns, format('WITH fact AS NOT MATERIALIZED (%s) %s',
          replace(measured, '{rows}', chosen), event[2]));
    END IF;
    FOREACH place IN ARRAY ARRAY['public', 'v2_beside', 'v2_before'] LOOP
      CONTINUE WHEN to_regclass(place || '.sp_v2_transactions') IS NULL;
      IF place <> 'public' THEN
        EXECUTE format('CREATE TABLE %1$s.sp_v2_tile_%2$s (LIKE public.sp_v2_tile_%2$s INCLUDING ALL)',
          place, event[1]);
        EXECUTE format('GRANT SELECT ON %s.sp_v2_tile_%s TO v2_reader', place, event[1]);
      END IF;
      EXECUTE format('INSERT INTO %s.sp_v2_tile_%s WITH fact AS NOT MATERIALIZED (%s) %s',
        place, event[1], replace(measured, '{rows}',
          format('SELECT 1 AS weight, * FROM %s.sp_v2_transactions', place)), event[2]);
    END LOOP;
  END LOOP;

  -- A change leaves the lines and enters the cells in one statement, so none counts twice or never.
  statement := format($$
        WITH taken AS (
          DELETE FROM %%1$s.sp_v2_tile_changes
          WHERE ctid = ANY(ARRAY(SELECT ctid FROM %%1$s.sp_v2_tile_changes LIMIT most))
          RETURNING *),
        fact AS MATERIALIZED (%s),
        cells AS (
          INSERT INTO %%1$s.sp_v2_tile_cells AS cell
          SELECT * FROM (%s) AS delta WHERE false%s
          ON CONFLICT (%s) DO UPDATE SET %s),
        hours AS (
          INSERT INTO %%1$s.sp_v2_tile_hours AS cell
          SELECT * FROM (%s) AS delta WHERE false%s
          ON CONFLICT (%s) DO UPDATE SET %s),
        failures AS (
          INSERT INTO %%1$s.sp_v2_tile_failures AS cell
          SELECT * FROM (%s) AS delta WHERE failed_count <> 0 OR failed_paise <> 0
          ON CONFLICT (%s) DO UPDATE SET failed_count = cell.failed_count + EXCLUDED.failed_count,
            failed_paise = cell.failed_paise + EXCLUDED.failed_paise)
        SELECT count(*) INTO folded FROM taken;$$,
    replace(measured, '{rows}', 'SELECT * FROM taken'), cells, is_change, keys,
    substr(additions, 3), hours, hour_is_change, hour_keys, substr(hour_additions, 3), failures,
    failure_keys);
  FOREACH place IN ARRAY ARRAY['public', 'v2_beside'] LOOP
    body := body || format('ELSIF place = %L THEN', place) || format(statement, place);
  END LOOP;
  -- Where a job's tables stand: those that serve, or those that are built beside them.
  EXECUTE format('CREATE FUNCTION sp_v2_fold_tiles(place TEXT, most BIGINT) RETURNS bigint '
    'LANGUAGE plpgsql AS %L',
    'DECLARE folded BIGINT := 0; BEGIN ' || substr(body, 4) || ' END IF; RETURN folded; END');
END
$do$;

-- Cells are updated in place; those of all merchants by nearly every statement.
ALTER TABLE sp_v2_tile_cells SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_threshold = 500000);
ALTER TABLE sp_v2_tile_hours SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_threshold = 500000);
ALTER TABLE sp_v2_tile_failures SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_threshold = 500000);
-- The past is found by when it ended, the last hour by when it began. Such an index costs next to
-- nothing, and no update in place.
CREATE INDEX ix_sp_v2_transaction_history_valid_to ON sp_v2_transaction_history
  USING brin (valid_to_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX ix_sp_v2_transactions_committed ON sp_v2_transactions
  USING brin (source_committed_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX ix_sp_v2_transactions_created ON sp_v2_transactions
  USING brin (created_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX ix_sp_v2_settlement_batches_credited ON sp_v2_settlement_batches (credited_at)
  WHERE credited_at IS NOT NULL;
GRANT SELECT ON sp_v2_tile_cells, sp_v2_tile_hours, sp_v2_tile_failures TO v2_reader;

COMMENT ON COLUMN sp_v2_tile_cells.expected_settlement_date IS 'business day of the promised payout; infinity = not known';
COMMENT ON COLUMN sp_v2_tile_cells.attempted_count IS 'payments begun';
COMMENT ON COLUMN sp_v2_tile_cells.attempted_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.failed_count IS 'of these, failed for good';
COMMENT ON COLUMN sp_v2_tile_cells.failed_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.captured_count IS 'of these, captured';
COMMENT ON COLUMN sp_v2_tile_cells.captured_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.reconciled_count IS 'of the captured, reconciled';
COMMENT ON COLUMN sp_v2_tile_cells.reconciled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.settled_count IS 'of the reconciled, settled';
COMMENT ON COLUMN sp_v2_tile_cells.settled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.paid_out_count IS 'of the settled, paid out';
COMMENT ON COLUMN sp_v2_tile_cells.paid_out_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.on_time_count IS 'of the paid out, by the expected date';
COMMENT ON COLUMN sp_v2_tile_cells.on_time_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.priced_count IS 'of the captured, those with a known fee';
COMMENT ON COLUMN sp_v2_tile_cells.priced_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_cells.fee_paise IS 'fees of the priced';
COMMENT ON COLUMN sp_v2_tile_cells.net_count IS 'of the settled, those with a known net';
COMMENT ON COLUMN sp_v2_tile_cells.net_paise IS 'their nets';
COMMENT ON COLUMN sp_v2_tile_cells.settle_seconds IS 'sum over the settled: settled_at - captured_at';
COMMENT ON COLUMN sp_v2_tile_cells.late_count IS 'of the settled, those after the expected date';
COMMENT ON COLUMN sp_v2_tile_cells.late_days IS 'their days after it, by the calendar, added up';
COMMENT ON COLUMN sp_v2_tile_cells.capture_times IS 'of the captured: from beginning to capture';
COMMENT ON COLUMN sp_v2_tile_cells.settle_times IS 'of the settled: from capture to settlement';
COMMENT ON COLUMN sp_v2_tile_cells.payout_times IS 'of the paid out: from settlement to payout';
COMMENT ON COLUMN sp_v2_tile_cells.merchant_id IS 'merchant; empty = all of them';
COMMENT ON COLUMN sp_v2_tile_cells.transaction_date IS 'business date of the payments';
COMMENT ON COLUMN sp_v2_tile_cells.payment_method IS 'the core''s spelling';
COMMENT ON COLUMN sp_v2_tile_cells.source_type IS 'where rows came from';
COMMENT ON COLUMN sp_v2_tile_cells.gateway IS 'gateway that answered; empty = all of them, and none';
COMMENT ON COLUMN sp_v2_tile_hours.hour_start_at IS 'start of the hour of created_at, by the business clock';
COMMENT ON COLUMN sp_v2_tile_hours.attempted_count IS 'payments begun';
COMMENT ON COLUMN sp_v2_tile_hours.attempted_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_hours.failed_count IS 'of these, failed for good';
COMMENT ON COLUMN sp_v2_tile_hours.failed_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_hours.captured_count IS 'of these, captured';
COMMENT ON COLUMN sp_v2_tile_hours.captured_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_hours.settled_count IS 'of the captured, settled';
COMMENT ON COLUMN sp_v2_tile_hours.settled_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_hours.paid_out_count IS 'of the settled, paid out';
COMMENT ON COLUMN sp_v2_tile_hours.paid_out_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_hours.transaction_date IS 'business date of the payments';
COMMENT ON COLUMN sp_v2_tile_hours.payment_method IS 'the core''s spelling';
COMMENT ON COLUMN sp_v2_tile_hours.source_type IS 'where rows came from';
COMMENT ON COLUMN sp_v2_tile_hours.gateway IS 'gateway that answered; empty = all of them, and none';
COMMENT ON COLUMN sp_v2_tile_failures.failure_code IS 'the gateway''s code, or the core''s status without an answer';
COMMENT ON COLUMN sp_v2_tile_failures.failure_owner IS 'bank, gateway, merchant, operations or system';
COMMENT ON COLUMN sp_v2_tile_failures.failed_count IS 'payments';
COMMENT ON COLUMN sp_v2_tile_failures.failed_paise IS 'their amounts';
COMMENT ON COLUMN sp_v2_tile_failures.merchant_id IS 'merchant; empty = all of them';
COMMENT ON COLUMN sp_v2_tile_failures.transaction_date IS 'business date of the payments';
COMMENT ON COLUMN sp_v2_tile_failures.payment_method IS 'the core''s spelling';
COMMENT ON COLUMN sp_v2_tile_failures.source_type IS 'where rows came from';
COMMENT ON COLUMN sp_v2_tile_failures.gateway IS 'gateway that answered; empty = all of them, and none';
