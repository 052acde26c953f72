INSERT INTO events.batch_payments (batch_id, txn_id)
SELECT %(batch_id)s, unnest(%(transaction_ids)s::text[])
ON CONFLICT DO NOTHING
