INSERT INTO sp_v2_calendar_versions (calendar_version, declared_at, lists, source, why)
VALUES (%(calendar_version)s, %(declared_at)s, %(lists)s, %(source)s, %(why)s)
