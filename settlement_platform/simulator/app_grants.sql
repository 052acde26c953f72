-- The core's own application reads and writes every table; it owns none.
GRANT USAGE ON SCHEMA public TO core_app;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON transactions_to_settle, merchant_data, payment_gateway_response, settlement_canary
  TO core_app;
