"""The rhythm of a day in Asia/Kolkata: low at night, a lunch peak, a higher evening peak."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from random import Random

HOUR_WEIGHTS = (
    1.2, 0.6, 0.4, 0.3, 0.3, 0.6, 1.4, 2.6, 4.0, 5.2, 6.0, 6.8,
    7.8, 8.0, 6.6, 5.6, 5.6, 6.2, 7.4, 8.6, 9.0, 7.6, 4.8, 2.6,
)  # fmt: skip
WEEKDAY_WEIGHTS = (1.0, 0.98, 0.99, 1.02, 1.1, 1.18, 0.92)
"""Monday to Sunday."""
DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600

_TOTAL = sum(HOUR_WEIGHTS)
_BEFORE_HOUR = (0.0, *accumulate(weight / _TOTAL for weight in HOUR_WEIGHTS))


def share_before(second: float) -> float:
    """The share (0 to 1) of a day's payments that comes before a second of that day."""
    hour = min(int(second // HOUR_SECONDS), 23)
    part = (second - hour * HOUR_SECONDS) / HOUR_SECONDS
    return _BEFORE_HOUR[hour] + part * HOUR_WEIGHTS[hour] / _TOTAL


def draw_seconds(rng: Random, count: int, before_second: float = DAY_SECONDS) -> list[float]:
    """`count` seconds of the day, ascending, all earlier than `before_second`."""
    limit = share_before(before_second)
    latest = max(before_second - 1e-6, 0.0)
    return [
        min(_second_at(share), latest)
        for share in sorted(rng.random() * limit for _ in range(count))
    ]


def _second_at(share: float) -> float:
    """The inverse of share_before."""
    hour = min(bisect_right(_BEFORE_HOUR, share) - 1, 23)
    part = (share - _BEFORE_HOUR[hour]) * _TOTAL / HOUR_WEIGHTS[hour]
    return (hour + part) * HOUR_SECONDS
