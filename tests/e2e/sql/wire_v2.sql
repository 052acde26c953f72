CREATE TABLE wire_types (
  id integer PRIMARY KEY,
  a_text text, a_char text, rupees_paise numeric(38, 0), a_rate_bps integer, a_date date,
  an_instant timestamptz, an_int integer, a_bigint bigint, a_flag boolean, some_bytes bytea,
  a_uuid uuid, a_document jsonb
);
GRANT SELECT, INSERT, UPDATE ON wire_types TO v2_stream;
