-- What V2 must hold of the core's rows, worked out by hand; besides it a payment that the core
-- deleted, one that was uploaded, and a bucket that all have left.
INSERT INTO sp_v2_transactions (
  transaction_id, merchant_id, amount_paise, payment_method, transaction_date, source_type, status,
  created_at, captured_at, reconciled_at, settled_at, gateway, failure_code, failure_owner,
  deleted_at, source_lsn, gateway_lsn, source_committed_at
) VALUES
('T1', 'm1', 10050, 'UPI', '2025-10-02', 'SABPAISA_STREAM', 'SETTLED', '2025-10-01T18:45:00.123456Z', '2025-10-01T18:45:02.5Z', '2025-10-01T18:45:02.5Z', '2025-10-03T04:00Z', 'RAZORPAY', NULL, NULL, NULL, 1, 1, now()),
('T2', 'm1', 20000, 'UPI', '2025-10-02', 'SABPAISA_STREAM', 'RECONCILED', '2025-10-01T19:29:59.999999Z', '2025-10-01T19:29:59.999999Z', '2025-10-01T19:29:59.999999Z', NULL, NULL, NULL, NULL, NULL, 1, 0, now()),
('T3', 'm1', 101, 'CARD', '2025-10-02', 'SABPAISA_STREAM', 'FAILED', '2025-10-02T06:00Z', NULL, NULL, NULL, 'PAYU', 'BANK_DOWN', 'bank', NULL, 1, 1, now()),
('T4', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'FAILED', '2025-10-03T05:30Z', NULL, NULL, NULL, NULL, 'CANCELLED', 'system', NULL, 1, 0, now()),
('T5', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'FAILED', '2025-10-03T06:00Z', NULL, NULL, NULL, 'PAYU', 'GW_TIMEOUT', 'gateway', NULL, 1, 1, now()),
('T6', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'FAILED', '2025-10-03T06:00Z', NULL, NULL, NULL, 'PAYU', 'MERCHANT_BLOCKED', 'merchant', NULL, 1, 1, now()),
('T7', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'FAILED', '2025-10-03T06:00Z', NULL, NULL, NULL, 'PAYU', 'OPS_HOLD', 'operations', NULL, 1, 1, now()),
('T8', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'FAILED', '2025-10-03T06:00Z', NULL, NULL, NULL, 'PAYU', 'BANKRUPT', 'system', NULL, 1, 1, now()),
('T9', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'PENDING', '2025-10-03T06:00Z', NULL, NULL, NULL, 'PAYU', NULL, NULL, NULL, 1, 1, now()),
('T10', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'PENDING', '2025-10-03T06:00Z', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, now()),
('T11', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'SETTLED', '2025-10-03T06:29:59Z', '2025-10-03T06:30:30Z', '2025-10-03T06:30:30Z', '2025-10-04T06:01Z', 'PAYU', NULL, NULL, NULL, 1, 1, now()),
('D1', 'm2', 1000, 'UPI', '2025-10-03', 'SABPAISA_STREAM', 'PENDING', '2025-10-03T06:00Z', NULL, NULL, NULL, NULL, NULL, NULL, '2025-10-05T00:00Z', 1, 0, now()),
('U1', 'm2', 1000, 'UPI', '2025-10-03', 'MANUAL_UPLOAD', 'PENDING', '2025-10-03T06:00Z', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, now());

INSERT INTO sp_v2_merchant_master (
  merchant_id, merchant_name, settlement_cycle_days, rolling_reserve_bps, updated_at, deleted_at,
  source_lsn, source_committed_at
) VALUES
('m1', 'Shop, with "signs" {and} NULL', 1, 525, '2025-09-01T00:00:00.000001Z', NULL, 1, now()),
('m2', '', 0, 0, '2025-09-01T00:00Z', NULL, 1, now()),
('m9', 'Gone', 0, 0, '2025-09-01T00:00Z', '2025-09-02T00:00Z', 1, now());

INSERT INTO sp_v2_realtime_aggregates (
  bucket_grain, bucket_start_at, transaction_date, merchant_id, payment_method, source_type,
  attempted_count, attempted_paise, captured_count, captured_paise, reconciled_count,
  reconciled_paise, settled_count, settled_paise, failed_count, failed_paise,
  source_lsn, source_events, source_committed_at
) VALUES
('DAY', '2025-10-01T18:30Z', '2025-10-02', 'm1', 'UPI', 'SABPAISA_STREAM', 2, 30050, 2, 30050, 2, 30050, 1, 10050, 0, 0, 1, 1, now()),
('HOUR', '2025-10-01T18:30Z', '2025-10-02', 'm1', 'UPI', 'SABPAISA_STREAM', 2, 30050, 2, 30050, 2, 30050, 1, 10050, 0, 0, 1, 1, now()),
('DAY', '2025-10-01T18:30Z', '2025-10-02', 'm1', 'CARD', 'SABPAISA_STREAM', 1, 101, 0, 0, 0, 0, 0, 0, 1, 101, 1, 1, now()),
('HOUR', '2025-10-02T05:30Z', '2025-10-02', 'm1', 'CARD', 'SABPAISA_STREAM', 1, 101, 0, 0, 0, 0, 0, 0, 1, 101, 1, 1, now()),
('DAY', '2025-10-02T18:30Z', '2025-10-03', 'm2', 'UPI', 'SABPAISA_STREAM', 8, 8000, 1, 1000, 1, 1000, 1, 1000, 5, 5000, 1, 1, now()),
('HOUR', '2025-10-03T05:30Z', '2025-10-03', 'm2', 'UPI', 'SABPAISA_STREAM', 8, 8000, 1, 1000, 1, 1000, 1, 1000, 5, 5000, 1, 1, now()),
('DAY', '2025-10-02T18:30Z', '2025-10-03', 'm2', 'UPI', 'MANUAL_UPLOAD', 1, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, now()),
('HOUR', '2025-10-03T06:30Z', '2025-10-03', 'm2', 'UPI', 'SABPAISA_STREAM', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, now());
