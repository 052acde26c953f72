INSERT INTO wire_sink
SELECT
  `after`.id, `after`.a_text, `after`.a_char,
  CAST(CAST(`after`.rupees AS DECIMAL(15, 2)) * 100 AS DECIMAL(38, 0)),
  CAST(CAST(`after`.a_percent AS DECIMAL(5, 2)) * 100 AS INT),
  TIMESTAMPADD(DAY, CAST(`after`.a_date AS INT), DATE '1970-01-01'),
  CAST(REPLACE(REPLACE(`after`.an_instant, 'T', ' '), 'Z', '') AS TIMESTAMP(6)),
  `after`.an_int, `after`.a_bigint, `after`.a_flag, `after`.some_bytes, `after`.a_uuid,
  `after`.a_document
FROM wire_topic
