-- What cannot be applied, byte for byte, with the reason; the same record twice is one row.
INSERT INTO sp_v2_dead_letters
SELECT
  source_topic,
  source_partition,
  source_offset,
  reason,
  payload,
  CAST(produced_at AS STRING) AS produced_at
FROM rejected_records
