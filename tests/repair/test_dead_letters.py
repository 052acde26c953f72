"""Dead letters as records again."""

from __future__ import annotations

import pytest

from settlement_platform.contracts.core import TransactionToSettle
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.repair.dead_letters import Letter, again

TOPIC = captured_topic(TransactionToSettle)


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        (b'{"before":null,"after":{"txn_id":"A-1","amount":"1e3"}}', b'{"txn_id":"A-1"}'),
        (b'{"before":{"txn_id":"A-2"},"after":null}', b'{"txn_id":"A-2"}'),
        (b'{"before":null,"after":null}', None),
        (b'{"after":{"amount":"1.00"}}', None),
        (b"[1, 2]", None),
        (b"\xff\xfe", None),
        (None, None),
    ],
)
def test_a_letter_is_written_as_it_was_read(payload: bytes | None, key: bytes | None) -> None:
    record = again(Letter(TOPIC, 3, 7, "why", payload))
    assert (record.topic, record.partition, record.value) == (TOPIC, 3, payload)
    assert record.key == key
