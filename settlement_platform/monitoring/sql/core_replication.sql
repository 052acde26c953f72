-- The captured tables: whether an old row travels complete, and whether the publication has them.
SELECT
  c.relname AS table_name,
  c.relreplident = 'f' AS identity_is_full,
  EXISTS (
    SELECT 1
    FROM pg_publication_tables AS p
    WHERE p.pubname = %(publication)s AND p.schemaname = n.nspname AND p.tablename = c.relname
  ) AS is_published
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)
