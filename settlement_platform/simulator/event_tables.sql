-- What the core's consumer of settlement's events knows. The core's own: nobody captures it.
CREATE SCHEMA IF NOT EXISTS events;

-- The next record to read of each partition.
CREATE TABLE IF NOT EXISTS events.positions (
  topic       text    NOT NULL,
  partition   integer NOT NULL,
  next_offset bigint  NOT NULL,
  PRIMARY KEY (topic, partition)
);

-- Events that had their effect: one that comes again has none.
CREATE TABLE IF NOT EXISTS events.consumed (
  event_id    uuid        PRIMARY KEY,
  topic       text        NOT NULL,
  batch_id    uuid        NOT NULL,
  occurred_at timestamptz NOT NULL,
  consumed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Records that are no event that the core understands, as they were.
CREATE TABLE IF NOT EXISTS events.refused (
  topic         text   NOT NULL,
  partition     integer NOT NULL,
  record_offset bigint NOT NULL,
  reason        text   NOT NULL,
  value         bytea,
  PRIMARY KEY (topic, partition, record_offset)
);

-- How the payout of a batch ended, by the newest word.
CREATE TABLE IF NOT EXISTS events.payouts (
  batch_id    uuid        PRIMARY KEY,
  is_paid     boolean     NOT NULL,
  occurred_at timestamptz NOT NULL
);

-- The payments of a batch, and when the core set one settled because of it: NULL = it did not.
CREATE TABLE IF NOT EXISTS events.batch_payments (
  batch_id   uuid NOT NULL,
  txn_id     text NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (batch_id, txn_id)
);

GRANT USAGE ON SCHEMA events TO core_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA events TO core_app;
