-- The core system's tables, as a core that we can play with. A real one already has them.
CREATE TABLE IF NOT EXISTS transactions_to_settle (
  txn_id        text           PRIMARY KEY,
  merchant_code text           NOT NULL,
  amount        numeric(15, 2) NOT NULL,
  payment_mode  text           NOT NULL,
  txn_date      date           NOT NULL,
  is_settled    char(1)        NOT NULL DEFAULT '0',
  status        text           NOT NULL,
  created_at    timestamptz    NOT NULL,
  updated_at    timestamptz    NOT NULL
);

CREATE TABLE IF NOT EXISTS merchant_data (
  merchant_id                text          PRIMARY KEY,
  merchant_name              text          NOT NULL,
  settlement_cycle           text          NOT NULL,
  rolling_reserve_percentage numeric(5, 2) NOT NULL,
  updated_at                 timestamptz   NOT NULL
);

CREATE TABLE IF NOT EXISTS payment_gateway_response (
  txn_id           text        PRIMARY KEY,
  gateway          text        NOT NULL,
  response_code    text        NOT NULL,
  response_message text,
  responded_at     timestamptz NOT NULL
);

-- The canary: the connector's heartbeat updates its one row each second.
CREATE TABLE IF NOT EXISTS settlement_canary (
  canary_id integer     PRIMARY KEY,
  beat_at   timestamptz NOT NULL
);
INSERT INTO settlement_canary VALUES (1, clock_timestamp()) ON CONFLICT DO NOTHING;

-- Signals: what the connector is asked to read again. It marks here where each such reading is.
CREATE TABLE IF NOT EXISTS settlement_signal (
  id   text PRIMARY KEY,
  type text NOT NULL,
  data text
);

-- Updates and deletes carry the complete row before them.
ALTER TABLE transactions_to_settle REPLICA IDENTITY FULL;
ALTER TABLE merchant_data REPLICA IDENTITY FULL;
ALTER TABLE payment_gateway_response REPLICA IDENTITY FULL;
ALTER TABLE settlement_canary REPLICA IDENTITY FULL;
ALTER TABLE settlement_signal REPLICA IDENTITY FULL;
