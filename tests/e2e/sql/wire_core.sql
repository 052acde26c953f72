-- Every type that a captured column has, in ordinary, extreme and absent values.
CREATE TABLE wire_types (
  id integer PRIMARY KEY,
  a_text text, a_char char(1), rupees numeric(15, 2), a_percent numeric(5, 2), a_date date,
  an_instant timestamptz, an_int integer, a_bigint bigint, a_flag boolean, some_bytes bytea,
  a_uuid uuid, a_document jsonb
);
ALTER TABLE wire_types REPLICA IDENTITY FULL;
GRANT SELECT ON wire_types TO settlement_capture;
CREATE PUBLICATION wire_publication FOR TABLE wire_types, settlement_canary;
INSERT INTO wire_types VALUES
  (1, 'plain', '1', 5000.25, 2.50, '2026-10-02', '2026-10-02 06:00:00.123456Z', 1, 1, true,
   'bytes', '00000000-0000-4000-8000-000000000001', '{"k": 1.10}'),
  (2, E'emoji 🛒 ‮rtl "quoted" \\ back\nslash', 'z', 9999999999999.99, 999.99, '2243-10-17',
   '2024-02-29 18:29:59.999999Z', 2147483647, 9223372036854775807, false, '\x00ff10',
   'ffffffff-ffff-4fff-bfff-ffffffffffff', '[null, [], {"deep": 12345678901234567890}]'),
  (3, '', ' ', -9999999999999.99, -999.99, '1970-01-01', '1970-01-01 00:00:00Z', -2147483648,
   -9223372036854775808, NULL, '', NULL, 'null'),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
