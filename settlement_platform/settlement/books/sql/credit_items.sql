UPDATE sp_v2_settlement_items SET item_state = 'CREDITED', paid_out_at = %(at)s, utr = %(utr)s
WHERE batch_id = %(batch_id)s
