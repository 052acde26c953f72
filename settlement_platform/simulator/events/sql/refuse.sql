INSERT INTO events.refused (topic, partition, record_offset, reason, value)
VALUES (%(topic)s, %(partition)s, %(offset)s, %(reason)s, %(value)s)
ON CONFLICT DO NOTHING
