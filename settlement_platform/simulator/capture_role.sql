-- The capture role may replicate, read the captured tables, beat the canary and write signals:
-- nothing else.
-- The publication is made here, so that the connector needs to own nothing.
GRANT USAGE ON SCHEMA public TO settlement_capture;
GRANT SELECT ON transactions_to_settle, merchant_data, payment_gateway_response, settlement_canary
  TO settlement_capture;
GRANT UPDATE ON settlement_canary TO settlement_capture;
GRANT SELECT, INSERT, DELETE ON settlement_signal TO settlement_capture;

DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_publication WHERE pubname = 'settlement_publication') THEN
    CREATE PUBLICATION settlement_publication FOR TABLE
      transactions_to_settle, merchant_data, payment_gateway_response, settlement_canary,
      settlement_signal;
  ELSIF NOT EXISTS (
    SELECT 1 FROM pg_publication_tables
    WHERE pubname = 'settlement_publication' AND tablename = 'settlement_signal'
  ) THEN
    ALTER PUBLICATION settlement_publication ADD TABLE settlement_signal;
  END IF;
END
$$;
