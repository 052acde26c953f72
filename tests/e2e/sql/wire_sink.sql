CREATE TEMPORARY TABLE wire_sink (
  id INT, a_text STRING, a_char STRING, rupees_paise DECIMAL(38, 0), a_rate_bps INT, a_date DATE,
  an_instant TIMESTAMP(6), an_int INT, a_bigint BIGINT, a_flag BOOLEAN, some_bytes BYTES,
  a_uuid STRING, a_document STRING,
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc', 'url' = '${v2_jdbc_url}', 'table-name' = 'wire_types',
  'sink.buffer-flush.interval' = '10ms'
)
