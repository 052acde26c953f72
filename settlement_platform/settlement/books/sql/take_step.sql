UPDATE sp_v2_settlement_batches SET
  state = %(state)s,
  {at} = clock_timestamp(),
  {by} = %(actor)s,
  reason = COALESCE(%(reason)s, reason),
  utr = COALESCE(%(utr)s, utr)
WHERE batch_id = %(batch_id)s
RETURNING {at}
