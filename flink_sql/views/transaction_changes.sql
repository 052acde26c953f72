-- What each change of a transaction brings to the numbers (weight 1, what it is now) and takes from
-- them (weight -1, what it was before). Repeated and older versions bring nothing.
--
-- Insert-only from end to end: sums need no retraction, and the count of changes of a bucket only
-- grows, which makes it a version. Both halves of a change leave one operator as neighbours, so no
-- bundle ends between them and no reader sees one without the other.
CREATE TEMPORARY VIEW transaction_changes AS
SELECT
  change.weight,
  change.facts[1] AS merchant_id,
  change.facts[2] AS payment_method,
  change.facts[3] AS amount,
  change.facts[4] AS transaction_days,
  change.facts[5] AS state,
  change.facts[6] AS created_at,
  CAST(change.facts[7] AS BIGINT) AS committed_ms,
  newest.source_type,
  newest.source_lsn,
  newest.committed_ms AS change_committed_ms
FROM transaction_succession AS newest
CROSS JOIN UNNEST(ARRAY[
  ROW(CAST(1 AS BIGINT), SPLIT(newest.facts, U&'\001F')),
  ROW(CAST(-1 AS BIGINT), SPLIT(newest.previous, U&'\001F'))
]) AS change (weight, facts)
-- The first version of a transaction replaces nothing.
WHERE change.facts IS NOT NULL
