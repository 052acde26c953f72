-- Rows as soon as they are known: small flushes, no bundles.
SET 'pipeline.name' = 'transaction_enrichment';
SET 'table.optimizer.non-deterministic-update.strategy' = 'TRY_RESOLVE';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'table.local-time-zone' = 'UTC';
SET 'settlement.flush_interval' = '10ms';
SET 'settlement.flush_rows' = '500';
