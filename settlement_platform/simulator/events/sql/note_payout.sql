-- The newest word counts, whichever comes first.
INSERT INTO events.payouts AS known (batch_id, is_paid, occurred_at)
VALUES (%(batch_id)s, %(is_paid)s, %(occurred_at)s)
ON CONFLICT (batch_id) DO UPDATE
SET is_paid = EXCLUDED.is_paid, occurred_at = EXCLUDED.occurred_at
WHERE known.occurred_at < EXCLUDED.occurred_at
