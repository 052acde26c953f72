-- One row for each finding, by rule, subject and window; a finding that is withdrawn says so.
INSERT INTO sp_v2_anomalies
SELECT * FROM gmv_deviations
UNION ALL
SELECT * FROM duplicate_charges
UNION ALL
SELECT * FROM failure_spikes
UNION ALL
SELECT * FROM refund_bursts
UNION ALL
SELECT * FROM fee_mismatches
UNION ALL
SELECT * FROM overdue_settlements
