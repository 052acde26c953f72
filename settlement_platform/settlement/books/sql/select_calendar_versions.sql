SELECT calendar_version, declared_at, lists, source, why
FROM sp_v2_calendar_versions ORDER BY calendar_version
