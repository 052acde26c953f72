-- When the subscriber applied a row: its own commit timestamp is the publisher's.
ALTER TABLE transactions_to_settle ADD COLUMN applied_at timestamptz;

CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.applied_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON transactions_to_settle
  FOR EACH ROW EXECUTE FUNCTION stamp();
ALTER TABLE transactions_to_settle ENABLE ALWAYS TRIGGER stamp;
