"""What a benchmark says of many latencies: percentiles, medians of runs, pairs of rows. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from settlement_platform.errors import ProofError

US_A_MS = 1000


@dataclass(frozen=True)
class Figures:
    """Percentiles of one kind of latency, in milliseconds, and how many were measured."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    samples: int


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that is not less than `percent` of all (nearest rank): one that occurred.

    `ordered` ascends and is not empty.
    """
    rank = math.ceil(percent / 100 * len(ordered))
    return ordered[max(rank, 1) - 1]


def figures(what: str, latencies_ms: Sequence[float]) -> Figures:
    """The percentiles of latencies in any order. Raises ProofError when there are none."""
    if not latencies_ms:
        raise ProofError(
            f"nothing was measured: {what} has no sample",
            "give it more seconds, and run 'settlement status' to see whether data flows",
        )
    ordered = sorted(latencies_ms)
    return Figures(
        percentile(ordered, 50),
        percentile(ordered, 90),
        percentile(ordered, 99),
        ordered[-1],
        len(ordered),
    )


@dataclass(frozen=True)
class Copy:
    """A row of the core as another database holds it; epoch microseconds.

    `of_us` is the core's commit that it shows, `visible_us` when the copy was there.
    """

    of_us: int
    visible_us: int


@dataclass(frozen=True)
class Pairing:
    """Latencies of the rows whose copy shows the core's newest commit, and how many do not."""

    latencies_ms: list[float]
    behind: int


def paired(core_us: Mapping[str, int], copies: Mapping[str, Copy]) -> Pairing:
    """Each row's commit in the core (epoch microseconds) beside its copy.

    Commits are compared to the millisecond, which is what the stream carries of them.
    """
    latencies = []
    for key, committed_us in core_us.items():
        copy = copies.get(key)
        if copy is not None and copy.of_us // US_A_MS == committed_us // US_A_MS:
            latencies.append((copy.visible_us - committed_us) / US_A_MS)
    return Pairing(latencies, len(core_us) - len(latencies))


def medians(records: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over records that have the same figures."""
    return {key: median(record[key] for record in records) for key in records[0]}


def rounded(values: Mapping[str, float], digits: int = 3) -> dict[str, float]:
    """The same figures as a report writes them; counts stay whole."""
    return {k: v if isinstance(v, int) else round(v, digits) for k, v in values.items()}
