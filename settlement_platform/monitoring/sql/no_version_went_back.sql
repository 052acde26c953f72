-- The newest versions that V2 held and replaced, beside the row that stands: how many there are, how
-- many of them are above the row in a part of its version, and the first of these.
WITH versions AS (
  SELECT
    h.history_id,
    h.transaction_id,
    h.source_lsn,
    h.gateway_lsn,
    h.restated_lsn,
    h.settlement_lsn,
    t.source_lsn AS row_source_lsn,
    t.gateway_lsn AS row_gateway_lsn,
    t.restated_lsn AS row_restated_lsn,
    t.settlement_lsn AS row_settlement_lsn
  FROM (
    SELECT history_id, transaction_id, source_lsn, gateway_lsn, restated_lsn, settlement_lsn
    FROM sp_v2_transaction_history
    ORDER BY history_id DESC
    LIMIT %(newest)s
  ) AS h
  JOIN sp_v2_transactions AS t ON t.transaction_id = h.transaction_id
),

above AS (
  SELECT *
  FROM versions
  WHERE source_lsn > row_source_lsn OR gateway_lsn > row_gateway_lsn
    OR restated_lsn > row_restated_lsn OR settlement_lsn > row_settlement_lsn
)

SELECT
  (SELECT count(*) FROM versions) AS versions_count,
  (SELECT count(*) FROM above) AS above_count,
  first_above.*
FROM (VALUES (1)) AS once (n)
LEFT JOIN (SELECT * FROM above ORDER BY history_id LIMIT 1) AS first_above ON TRUE
