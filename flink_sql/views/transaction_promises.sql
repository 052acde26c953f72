-- Each transaction with its money and the day on which its payout is promised. A capture counts for its
-- day in Asia/Kolkata (UTC+5:30 = 19,800 s), for the next one when it is past the cut-off.
CREATE TEMPORARY VIEW transaction_promises AS
SELECT money.*, promise.expected_settlement_date, promise.calendar_version
FROM (
  SELECT
    *,
    CAST(
      TIMESTAMPADD(
        SECOND,
        19800 + 86399 - ${cut_off_seconds},
        CAST(REPLACE(REPLACE(captured_at, 'T', ' '), 'Z', '') AS TIMESTAMP(6)))
      AS DATE) AS capture_date
  FROM transaction_money
) AS money
LEFT JOIN sp_v2_settlement_dates FOR SYSTEM_TIME AS OF money.read_at AS promise
  ON promise.capture_date = money.capture_date
  AND promise.cycle_days = money.cycle_days
