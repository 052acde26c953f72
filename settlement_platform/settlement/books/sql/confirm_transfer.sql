UPDATE sp_v2_bank_transfers SET
  utr = %(utr)s, value_date = %(value_date)s, confirmed_by = %(how)s,
  statement_digest = %(statement_digest)s, statement_line = %(statement_line)s
WHERE batch_id = %(batch_id)s
