-- One transaction at a time decides what a merchant is paid.
SELECT pg_advisory_xact_lock(hashtext('sp_v2_settlement_batches'), hashtext(%(merchant_id)s))
