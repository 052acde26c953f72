-- The stream may insert and update what it fills, and delete nothing. Readers read.
GRANT USAGE ON SCHEMA public TO v2_stream, v2_reader;
GRANT SELECT, INSERT, UPDATE ON
  sp_v2_transactions, sp_v2_merchant_master, sp_v2_realtime_aggregates, sp_v2_dead_letters,
  sp_v2_canary
  TO v2_stream;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO v2_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO v2_reader;
