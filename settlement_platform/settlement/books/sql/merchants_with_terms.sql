SELECT DISTINCT merchant_id FROM sp_v2_merchant_terms ORDER BY merchant_id
