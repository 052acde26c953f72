-- Bundles of a few milliseconds: the changes of one bucket become one upsert, and what a change
-- takes and brings is never seen apart. A bundle ends by time alone, never between the two.
SET 'pipeline.name' = 'realtime_aggregates';
SET 'table.exec.mini-batch.enabled' = 'true';
SET 'table.exec.mini-batch.allow-latency' = '20 ms';
SET 'table.exec.mini-batch.size' = '1000000';
SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE';
SET 'table.optimizer.non-deterministic-update.strategy' = 'TRY_RESOLVE';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'table.local-time-zone' = 'UTC';
SET 'settlement.fetch_bytes' = '1';
SET 'settlement.fetch_wait_ms' = '500';
SET 'settlement.flush_interval' = '40ms';
SET 'settlement.flush_rows' = '1000';
