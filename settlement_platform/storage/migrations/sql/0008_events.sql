-- Events leave V2: the outbox is read from its log, and is only ever added to.
CREATE PUBLICATION settlement_outbox_publication FOR TABLE sp_v2_outbox WITH (publish = 'insert');
GRANT SELECT ON sp_v2_outbox TO v2_capture;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sp_v2_outbox
  FOR EACH STATEMENT EXECUTE FUNCTION sp_v2_refuse_change();
