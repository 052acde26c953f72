-- The next dead letters that were open before an instant, in the order of their topics.
SELECT source_topic AS topic, source_partition AS partition, source_offset AS "offset", reason, payload
FROM sp_v2_dead_letters
WHERE state = 'open' AND loaded_at < %(before)s
ORDER BY source_topic, source_partition, source_offset
LIMIT %(most)s
FOR UPDATE
