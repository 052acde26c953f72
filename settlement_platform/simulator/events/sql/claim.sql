INSERT INTO events.consumed (event_id, topic, batch_id, occurred_at)
VALUES (%(event_id)s, %(topic)s, %(batch_id)s, %(occurred_at)s)
ON CONFLICT DO NOTHING
RETURNING event_id
