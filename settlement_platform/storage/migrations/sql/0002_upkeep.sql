-- ANALYZE costs the same however many rows changed, and it runs beside the stream: while a table is
-- young it would come every minute.
ALTER TABLE sp_v2_transactions SET (autovacuum_analyze_threshold = 100000);
ALTER TABLE sp_v2_realtime_aggregates SET (autovacuum_analyze_threshold = 500000);
-- Read by its keys only.
ALTER TABLE sp_v2_transaction_history
  SET (autovacuum_analyze_threshold = 500000, autovacuum_analyze_scale_factor = 0.5);
