-- Rows as soon as they are known: small flushes, no bundles.
SET 'pipeline.name' = 'transaction_enrichment';
SET 'table.optimizer.non-deterministic-update.strategy' = 'TRY_RESOLVE';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'table.local-time-zone' = 'UTC';
SET 'settlement.fetch_bytes' = '1';
SET 'settlement.fetch_wait_ms' = '500';
SET 'settlement.flush_interval' = '20ms';
SET 'settlement.flush_rows' = '500';
-- How long what was looked up is kept, and the last second of a day that a capture counts for.
SET 'settlement.lookup_kept' = '5s';
SET 'settlement.cut_off_seconds' = '86399';
