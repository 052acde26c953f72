-- V2's clock, as_of, and the newest canary in V2 with its instant at every hop.
SELECT
  clock_timestamp() AS now,
  (SELECT max(as_of) FROM sp_v2_as_of) AS as_of,
  max(core_at) AS core_at,
  max(connect_at) AS connect_at,
  max(kafka_at) AS kafka_at,
  max(flink_at) AS flink_at,
  max(loaded_at) AS loaded_at
FROM sp_v2_canary
