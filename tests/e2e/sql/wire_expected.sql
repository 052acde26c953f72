-- The core's rows as V2 must have them; a cast from char drops the blank that its one place holds.
SELECT id, a_text, rpad(a_char::text, 1), (rupees * 100)::numeric(38, 0), (a_percent * 100)::integer, a_date,
  an_instant, an_int, a_bigint, a_flag, some_bytes, a_uuid, a_document::text
FROM wire_types ORDER BY id
