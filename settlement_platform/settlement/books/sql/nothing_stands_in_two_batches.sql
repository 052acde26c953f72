-- A transaction is in one live batch at most, a merchant has one at most a cycle date, and an item
-- stands as its batch does.
SELECT 'a transaction in one live batch', transaction_id, 1, count(*)
FROM sp_v2_settlement_items WHERE item_state <> 'RELEASED'
GROUP BY transaction_id HAVING count(*) > 1
UNION ALL
SELECT 'one live batch a cycle date', merchant_id || ' ' || cycle_date, 1, count(*)
FROM sp_v2_settlement_batches WHERE state NOT IN ('FAILED', 'CANCELLED')
GROUP BY merchant_id, cycle_date HAVING count(*) > 1
UNION ALL
SELECT 'items stand as their batch', batch.batch_id::text, 0, count(*)
FROM sp_v2_settlement_batches AS batch
JOIN sp_v2_settlement_items AS item USING (batch_id)
WHERE item.item_state <> CASE
  WHEN batch.state IN ('FAILED', 'CANCELLED') THEN 'RELEASED'
  WHEN batch.state = 'CREDITED' THEN 'CREDITED' ELSE 'LIVE' END
GROUP BY batch.batch_id
