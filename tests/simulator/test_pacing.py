from __future__ import annotations

import pytest

from settlement_platform.simulator.pacing import Pacer


def test_operations_are_due_by_the_clock_and_not_by_what_was_committed() -> None:
    pacer = Pacer(rate=100)
    assert pacer.due(0.5, committed=0) == 50
    assert pacer.due(0.5, committed=0) == 0
    assert pacer.due(1.0, committed=0) == 50


def test_a_run_issues_its_rate_times_its_seconds_however_late_the_last_look_is() -> None:
    pacer = Pacer(rate=200, seconds=5)
    looks = (0.3, 1.7, 3.1, 4.99, 7.0)
    issued = sum(pacer.due(second, committed=pacer.issued) for second in looks)
    assert issued == 1_000
    assert pacer.is_over(5.0) and not pacer.is_over(4.99)


def test_a_core_that_is_away_makes_operations_wait_and_then_drops_them() -> None:
    pacer = Pacer(rate=100)
    assert pacer.due(10.0, committed=0) == 200
    assert pacer.dropped == 800
    assert pacer.due(10.1, committed=0) == 0
    assert pacer.due(10.2, committed=200) == 10


def test_a_rate_of_nothing_is_refused() -> None:
    for rate in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="rate"):
            Pacer(rate)
