-- Which of these payments the core has, at whatever date, and which of their answers.
SELECT wanted.txn_id, t.txn_id IS NOT NULL AS has_payment, g.txn_id IS NOT NULL AS has_answer
FROM unnest(%(txn_ids)s::text[]) AS wanted (txn_id)
LEFT JOIN transactions_to_settle AS t ON wanted.txn_id = t.txn_id
LEFT JOIN payment_gateway_response AS g ON wanted.txn_id = g.txn_id
