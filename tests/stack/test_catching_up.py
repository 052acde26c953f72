"""Whether V2 has everything that the core committed before a moment."""

from __future__ import annotations

import datetime as dt

from settlement_platform.stack.catching_up import Taken

BEGAN = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def after(seconds: float) -> dt.datetime:
    """An instant, from the moment when the wait began."""
    return BEGAN + dt.timedelta(seconds=seconds)


def test_v2_has_everything_once_as_of_has_come_to_the_moment() -> None:
    assert Taken(5, after(1)).has_everything(BEGAN)
    assert not Taken(5, after(-1)).has_everything(BEGAN)
    assert not Taken(5, None).has_everything(BEGAN)
