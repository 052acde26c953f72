-- Two refreshes at once: the second finds what the first wrote.
LOCK TABLE sp_v2_settlement_dates IN SHARE ROW EXCLUSIVE MODE
