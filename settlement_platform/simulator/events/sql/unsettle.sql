-- What was settled because of a batch that is not paid after all.
WITH taken_back AS (
  UPDATE events.batch_payments AS noted
  SET settled_at = NULL
  FROM events.payouts AS payout
  WHERE noted.batch_id = %(batch_id)s AND payout.batch_id = noted.batch_id
    AND NOT payout.is_paid AND noted.settled_at IS NOT NULL
  RETURNING noted.txn_id
)
UPDATE transactions_to_settle AS payment
SET is_settled = '0', updated_at = clock_timestamp()
FROM taken_back
WHERE payment.txn_id = taken_back.txn_id AND payment.is_settled = '1'
