from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.simulator.rhythm import DAY_SECONDS, draw_seconds, share_before

seconds_of_day = st.floats(min_value=1.0, max_value=DAY_SECONDS)


@given(seconds_of_day, seconds_of_day)
def test_the_share_of_the_day_grows_with_the_second(one: float, other: float) -> None:
    assert share_before(min(one, other)) <= share_before(max(one, other))


def test_a_whole_day_holds_all_payments() -> None:
    assert share_before(0) == 0
    assert abs(share_before(DAY_SECONDS) - 1) < 1e-9


@given(st.integers(), seconds_of_day)
def test_seconds_ascend_and_end_before_the_limit(seed: int, before_second: float) -> None:
    seconds = draw_seconds(Random(seed), 50, before_second)
    assert seconds == sorted(seconds)
    assert all(0 <= second < before_second for second in seconds)


def test_the_night_is_quiet_and_lunch_and_evening_are_peaks() -> None:
    hours = Counter(int(second // 3_600) for second in draw_seconds(Random(1), 100_000))
    assert max(hours[hour] for hour in range(1, 6)) < hours[13] / 5
    assert hours[13] > hours[10] and hours[13] > hours[16]
    assert hours[20] == max(hours.values())
