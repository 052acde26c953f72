"""as_of moves when every group has passed what was there when a canary was read."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.streaming.as_of import PendingCanaries

T0 = dt.datetime(2026, 10, 2, 6, tzinfo=dt.UTC)


def second(n: int) -> dt.datetime:
    return T0 + dt.timedelta(seconds=n)


def test_a_canary_waits_for_the_slowest_group() -> None:
    pending = PendingCanaries()
    pending.saw(second(1), {"topic": 10})
    assert pending.passed({("a", "topic"): 10, ("b", "topic"): 9}) is None
    assert pending.passed({("a", "topic"): 10, ("b", "topic"): 10}) == second(1)
    assert pending.passed({("a", "topic"): 10, ("b", "topic"): 10}) is None


def test_the_newest_of_several_that_passed_is_told() -> None:
    pending = PendingCanaries()
    for n in range(1, 5):
        pending.saw(second(n), {"topic": n * 10})
    assert pending.passed({("a", "topic"): 35}) == second(3)
    assert pending.passed({("a", "topic"): 40}) == second(4)


def test_a_canary_that_comes_twice_or_late_changes_nothing() -> None:
    pending = PendingCanaries()
    pending.saw(second(2), {"topic": 5})
    pending.saw(second(2), {"topic": 50})
    pending.saw(second(1), {"topic": 50})
    assert pending.passed({("a", "topic"): 5}) == second(2)
    assert not pending.waiting


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30))
def test_what_is_told_is_always_complete_and_never_goes_back(
    steps: list[tuple[int, int]],
) -> None:
    pending, end, position, told = PendingCanaries(), 0, 0, second(-1)
    for n, (written, read) in enumerate(steps):
        end += written
        pending.saw(second(n), {"topic": end})
        ends_at = {second(n): end}
        position = min(end, position + read)
        passed = pending.passed({("a", "topic"): position})
        if passed is not None:
            assert passed > told
            assert position >= ends_at.get(passed, 0)
            told = passed
