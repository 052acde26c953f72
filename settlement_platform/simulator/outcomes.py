"""How payments end: in which status, and how long after they were begun."""

from __future__ import annotations

from itertools import accumulate
from random import Random

OUTCOME_WEIGHTS = {"SUCCESS": 90.0, "FAILED": 6.5, "EXPIRED": 2.0, "CANCELLED": 1.5}
SLOW_SHARE = 0.08
LONGEST_SECONDS = 3_540.0
"""No payment stays open longer: the last one ends within the hour."""

_STATUSES = tuple(OUTCOME_WEIGHTS)
_WEIGHTS = tuple(accumulate(OUTCOME_WEIGHTS.values()))


def draw_status(rng: Random) -> str:
    """The final status of one payment: one in ten fails."""
    return rng.choices(_STATUSES, cum_weights=_WEIGHTS)[0]


def draw_delay_seconds(rng: Random, status: str) -> float:
    """Seconds from the beginning of a payment to its end; a few are slow, expiry is slowest."""
    if status == "EXPIRED":
        return rng.uniform(300.0, 1_800.0)
    if status == "CANCELLED":
        return rng.uniform(10.0, 300.0)
    if rng.random() < SLOW_SHARE:
        return rng.uniform(60.0, LONGEST_SECONDS)
    return min(rng.lognormvariate(2.1, 0.9), 600.0)
