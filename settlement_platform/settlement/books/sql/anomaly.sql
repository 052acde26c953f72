SELECT anomaly.*, mute.muted_until
FROM sp_v2_anomalies AS anomaly
LEFT JOIN sp_v2_anomaly_mutes AS mute
  ON mute.rule = anomaly.rule AND mute.subject = anomaly.subject AND mute.muted_until > now()
WHERE anomaly_id = %s
FOR UPDATE OF anomaly
