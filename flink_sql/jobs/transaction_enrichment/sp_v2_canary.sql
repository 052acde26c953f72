-- The canary with its time at each hop that it has passed.
INSERT INTO sp_v2_canary
SELECT
  CAST(canary_id AS INT) AS canary_id,
  beat_at AS core_at,
  CAST(TO_TIMESTAMP_LTZ(connect_ms, 3) AS STRING) AS connect_at,
  CAST(kafka_at AS STRING) AS kafka_at,
  CAST(read_at AS STRING) AS flink_at,
  source_lsn
FROM valid_settlement_canary
WHERE op = 'u'
