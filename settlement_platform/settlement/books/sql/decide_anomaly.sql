UPDATE sp_v2_anomalies SET
  state = %(state)s, decided_at = clock_timestamp(), decided_by = %(actor)s, note = %(note)s
WHERE anomaly_id = %(anomaly_id)s
