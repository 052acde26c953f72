"""When the connector's slot is lost."""

from __future__ import annotations

import pytest

from settlement_platform.capture.lost_slot import is_lost


@pytest.mark.parametrize(
    ("wal_status", "stands_somewhere", "lost"),
    [
        (None, False, False),  # it never ran
        (None, True, True),
        ("reserved", True, False),
        ("extended", True, False),
        ("unreserved", True, False),  # the log is still there: it may be read yet
        ("lost", True, True),
        ("lost", False, True),
    ],
)
def test_a_slot_is_lost_where_the_log_cannot_be_read_on(
    wal_status: str | None, stands_somewhere: bool, lost: bool
) -> None:
    assert is_lost(wal_status, stands_somewhere) is lost
