CREATE TEMPORARY TABLE wire_topic (
  `after` ROW<id INT, a_text STRING, a_char STRING, rupees STRING, a_percent STRING, a_date STRING,
    an_instant STRING, an_int INT, a_bigint BIGINT, a_flag BOOLEAN, some_bytes BYTES,
    a_uuid STRING, a_document STRING>
) WITH (
  'connector' = 'kafka',
  'topic' = 'wire.public.wire_types',
  'properties.bootstrap.servers' = '${kafka}',
  'properties.group.id' = 'wire-types',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
)
