SELECT calendar_version, region, holiday_date, change, name
FROM sp_v2_holidays ORDER BY calendar_version, holiday_date, region
