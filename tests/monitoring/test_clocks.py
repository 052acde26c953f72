"""By how much clocks disagree, as far as that can be told."""

from __future__ import annotations

import datetime as dt

import pytest

from settlement_platform.monitoring.clocks import clock_ahead, clock_check


@pytest.mark.parametrize(("said", "ahead"), [(9.0, -1.0), (10.5, 0.0), (13.0, 2.0)])
def test_a_clock_is_off_by_what_the_time_of_asking_does_not_explain(
    said: float, ahead: float
) -> None:
    theirs = dt.datetime.fromtimestamp(said, dt.UTC)
    assert clock_ahead(theirs, asked_at=10.0, answered_at=11.0) == pytest.approx(ahead)


def test_clocks_may_be_a_second_apart_from_ours_and_from_each_other() -> None:
    assert clock_check({"Core": 0.9, "V2": 0.0}).ok
    assert clock_check({}).ok
    for apart in ({"Core": 1.1, "V2": 0.0}, {"Core": 0.6, "V2": -0.6}):
        found = clock_check(apart)
        assert (found.ok, found.severity) == (False, "warning")
        assert "Core's by" in str(found.cause)
