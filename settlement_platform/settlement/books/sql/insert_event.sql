INSERT INTO sp_v2_outbox (
  id, aggregatetype, aggregateid, type, payload, schema_version, occurred_at)
VALUES (
  %(id)s, %(aggregatetype)s, %(aggregateid)s, %(type)s, %(payload)s, %(schema_version)s,
  %(occurred_at)s)
