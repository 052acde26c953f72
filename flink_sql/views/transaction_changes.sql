-- What each change of a transaction brings to the numbers (weight 1, what it is now) and takes from
-- them (weight -1, what it was before). Repeated and older versions bring nothing.
--
-- Insert-only from end to end: sums need no retraction, and the count of changes of a bucket only
-- grows, which makes it a version. Both halves of a change leave one operator as neighbours, so no
-- bundle ends between them and no reader sees one without the other.
CREATE TEMPORARY VIEW transaction_changes AS
SELECT
  change.weight,
  change.merchant_id,
  change.payment_method,
  change.amount,
  change.transaction_days,
  change.state,
  change.created_at,
  change.committed_ms,
  newest.source_type,
  newest.source_lsn,
  newest.committed_ms AS change_committed_ms
FROM transaction_succession AS newest
CROSS JOIN UNNEST(ARRAY[
  ROW(
    CAST(1 AS BIGINT),
    newest.merchant_id,
    newest.payment_method,
    newest.amount,
    newest.transaction_days,
    newest.state,
    newest.created_at,
    newest.committed_ms),
  ROW(
    CAST(-1 AS BIGINT),
    SPLIT_INDEX(newest.previous, U&'\001F', 0),
    SPLIT_INDEX(newest.previous, U&'\001F', 1),
    SPLIT_INDEX(newest.previous, U&'\001F', 2),
    SPLIT_INDEX(newest.previous, U&'\001F', 3),
    SPLIT_INDEX(newest.previous, U&'\001F', 4),
    SPLIT_INDEX(newest.previous, U&'\001F', 5),
    CAST(SPLIT_INDEX(newest.previous, U&'\001F', 6) AS BIGINT))
]) AS change (
  weight, merchant_id, payment_method, amount, transaction_days, state, created_at, committed_ms)
-- The first version of a transaction replaces nothing.
WHERE change.state IS NOT NULL
