-- Dead letters that are on their topics again.
UPDATE sp_v2_dead_letters SET state = 'replayed'
FROM unnest(%(topics)s::text[], %(partitions)s::int[], %(offsets)s::bigint[])
  AS again (topic, partition, "offset")
WHERE source_topic = again.topic
  AND source_partition = again.partition
  AND source_offset = again."offset"
