SELECT topic, partition, next_offset FROM events.positions
