-- The migrations that V2 has had, and the records that could not be applied and wait for somebody.
SELECT
  (SELECT array_agg(version_num) FROM alembic_version) AS revisions,
  (SELECT count(*) FROM sp_v2_dead_letters WHERE state = 'open') AS open_dead_letters
