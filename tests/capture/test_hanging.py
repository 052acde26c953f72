"""A transaction hangs when the last stable offset of its partition has not moved for long."""

from __future__ import annotations

from settlement_platform.capture.hanging import HANGING_SECONDS, StuckPartitions, is_left_open

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


def test_a_transaction_is_left_open_when_its_producer_has_gone_silent() -> None:
    written_ms = 1_767_225_600_000
    said = f"1 4 -1 17 {written_ms} 113049".split()
    assert not is_left_open(said, written_ms + HANGING_SECONDS * 1000 - 1)
    assert is_left_open(said, written_ms + HANGING_SECONDS * 1000)


def test_a_producer_without_a_transaction_and_the_heading_are_no_transaction() -> None:
    heading = "ProducerId ProducerEpoch LatestCoordinatorEpoch LastSequence LastTimestamp Start"
    assert not is_left_open(heading.split(), 1e18)
    assert not is_left_open(["1", "4", "-1", "17", "1767225600000", "None"], 1e18)
