-- Each change of a batch's item as one text: whether its transaction stands in that batch, the batch, the
-- instants, the money that it is settled with and by what that was computed. It begins with its LSN in
-- twenty digits, so that MAX picks the newest. Rows of a snapshot share one LSN: of these the one that
-- stands in its batch goes first, and a transaction has one at most.
CREATE TEMPORARY VIEW transaction_standings AS
SELECT
  transaction_id,
  CONCAT_WS(U&'\001F',
    LPAD(CAST(source_lsn AS STRING), 20, '0'),
    CASE WHEN deleted OR item_state = 'RELEASED' THEN '0' ELSE '1' END,
    CAST(committed_ms AS STRING),
    batch_id,
    settled_at,
    COALESCE(paid_out_at, ''),
    fee_paise,
    gst_paise,
    reserve_hold_paise,
    net_paise,
    COALESCE(terms_id, ''),
    COALESCE(fee_rate_id, '')) AS standing,
  read_at
FROM valid_sp_v2_settlement_items
