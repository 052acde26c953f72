"""A transaction hangs when the last stable offset of its partition has not moved for long."""

from __future__ import annotations

from settlement_platform.capture.hanging import HANGING_SECONDS, StuckPartitions

HERE = ("topic", 0)


def test_what_moves_does_not_hang() -> None:
    stuck = StuckPartitions()
    for now in range(60):
        assert stuck.hanging({HERE: (now, now + 5)}, float(now)) == []


def test_what_stands_still_hangs_after_its_time() -> None:
    stuck = StuckPartitions()
    assert stuck.hanging({HERE: (7, 9)}, 0.0) == []
    assert stuck.hanging({HERE: (7, 12)}, HANGING_SECONDS - 1) == []
    assert stuck.hanging({HERE: (7, 12)}, HANGING_SECONDS) == [HERE]


def test_what_is_read_to_its_end_is_forgotten() -> None:
    stuck = StuckPartitions()
    stuck.hanging({HERE: (7, 9)}, 0.0)
    stuck.hanging({HERE: (9, 9)}, 5.0)
    assert stuck.hanging({HERE: (9, 10)}, HANGING_SECONDS + 1) == []
