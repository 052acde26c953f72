"""Percentiles of durations that are counted in buckets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from settlement_platform.contracts.tiles import (
    BUCKET,
    CAPTURE_EDGES_SECONDS,
    PAYOUT_EDGES_SECONDS,
    SETTLE_EDGES_SECONDS,
)
from settlement_platform.metrics.metric import Sums

EDGES: dict[str, tuple[int, ...]] = {
    "capture": CAPTURE_EDGES_SECONDS,
    "settle": SETTLE_EDGES_SECONDS,
    "payout": PAYOUT_EDGES_SECONDS,
}


def counts(of: Iterable[Sums], span: str) -> list[int]:
    """How many durations fell into each bucket of a span."""
    histogram = sum(one[f"{span}_times"] for one in of)
    found = []
    for _ in range(len(EDGES[span]) + 1):
        histogram, count = divmod(histogram, BUCKET)
        found.append(count)
    return found


def within_seconds(bucket_counts: Sequence[int], span: str, percent: int) -> int | None:
    """The first edge that at least `percent` of the durations are below, in seconds.

    None without durations, and when so many are not below the last edge.
    """
    count = sum(bucket_counts)
    if count == 0:
        return None
    below = 0
    for edge, one in zip(EDGES[span], bucket_counts, strict=False):
        below += one
        if below * 100 >= count * percent:
            return edge
    return None
