INSERT INTO sp_v2_anomaly_mutes (rule, subject, muted_until, muted_by, why)
VALUES (%(rule)s, %(subject)s, %(until)s, %(actor)s, %(why)s)
ON CONFLICT (rule, subject) DO UPDATE SET muted_until = EXCLUDED.muted_until,
  muted_by = EXCLUDED.muted_by, why = EXCLUDED.why, muted_at = clock_timestamp()
