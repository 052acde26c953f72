-- What a paid batch has and the core has not settled by itself.
WITH changed AS (
  UPDATE transactions_to_settle AS payment
  SET is_settled = '1', updated_at = clock_timestamp()
  FROM events.batch_payments AS noted
  JOIN events.payouts AS payout ON payout.batch_id = noted.batch_id
  WHERE noted.batch_id = %(batch_id)s AND payout.is_paid AND noted.settled_at IS NULL
    AND payment.txn_id = noted.txn_id AND payment.is_settled = '0'
  RETURNING payment.txn_id
)
UPDATE events.batch_payments AS noted
SET settled_at = clock_timestamp()
FROM changed
WHERE noted.batch_id = %(batch_id)s AND noted.txn_id = changed.txn_id
