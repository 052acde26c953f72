-- Findings have a second: records are read by the handful, which costs less than one by one.
SET 'pipeline.name' = 'anomaly_detection';
SET 'table.optimizer.non-deterministic-update.strategy' = 'TRY_RESOLVE';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'table.local-time-zone' = 'UTC';
-- What nobody touched for so long is forgotten. Changes count for two days from the beginning of a
-- payment, so nothing is forgotten that could still change a finding.
SET 'table.exec.state.ttl' = '4 d';
SET 'settlement.fetch_bytes' = '131072';
SET 'settlement.fetch_wait_ms' = '150';
SET 'settlement.flush_interval' = '50ms';
SET 'settlement.flush_rows' = '500';
-- How long what is usual is kept before it is looked up again.
SET 'settlement.rhythm_kept' = '600s';
-- How far from what is usual is an anomaly: docs/anomalies.md has each rule.
SET 'settlement.gmv_days' = '7';
SET 'settlement.gmv_count' = '30';
SET 'settlement.gmv_score' = '2';
SET 'settlement.gmv_alone' = '6';
SET 'settlement.duplicate_score' = '4';
SET 'settlement.failure_answers' = '50';
SET 'settlement.failure_count' = '20';
SET 'settlement.failure_share' = '0.05';
SET 'settlement.failure_score' = '6';
SET 'settlement.refund_count' = '8';
SET 'settlement.refund_score' = '6';
