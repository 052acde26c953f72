UPDATE sp_v2_settlement_items SET item_state = 'RELEASED', released_at = %(at)s
WHERE batch_id = %(batch_id)s RETURNING transaction_id
