INSERT INTO sp_v2_holidays (calendar_version, region, holiday_date, change, name)
VALUES (%s, %s, %s, %s, %s)
