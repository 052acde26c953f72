"""When a replication slot is about to be lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from settlement_platform.monitoring.slot import MIB, SlotReading, slot_checks

GIB = 2**30
READ = SlotReading(True, "reserved", 0, 8 * GIB, 8 * GIB, float(MIB))


def test_the_minutes_to_the_limit_follow_from_what_the_core_writes() -> None:
    assert READ.left_minutes == pytest.approx(8 * 1024 / 60)
    assert replace(READ, left_bytes=None).left_minutes is None
    assert replace(READ, written_bytes_per_second=0.0).left_minutes is None
    assert replace(READ, left_bytes=-1).left_minutes == 0


@pytest.mark.parametrize(
    ("changed", "severity"),
    [
        ({}, None),
        ({"written_bytes_per_second": 100.0 * MIB}, None),  # it is read: it goes along
        ({"active": False}, None),  # hours are left
        ({"active": False, "written_bytes_per_second": 4.0 * MIB}, "warning"),
        ({"active": False, "written_bytes_per_second": 100.0 * MIB}, "error"),
        ({"retained_bytes": 5 * GIB, "left_bytes": 3 * GIB}, "warning"),
        ({"retained_bytes": 8 * GIB, "left_bytes": 100 * MIB}, "error"),
        ({"wal_status": "lost", "left_bytes": None}, "error"),
    ],
)
def test_a_slot_is_told_by_how_soon_it_will_be_lost(
    changed: dict[str, object], severity: str | None
) -> None:
    found = slot_checks(replace(READ, **changed))[-1]
    assert found.name == "slot_holds_little_log_back"
    assert (None if found.ok else found.severity) == severity
