"""Open-loop pacing: how many operations are due, whatever became of those before."""

from __future__ import annotations

import math
from dataclasses import dataclass

BACKLOG_SECONDS = 2.0
"""Operations wait for the core so long at most; what is due beyond that is dropped, not made up."""
FEWEST_BACKLOG = 64
SHORTEST_TICK_SECONDS = 0.002
LONGEST_TICK_SECONDS = 0.05


@dataclass
class Pacer:
    """Counts what was issued and what was dropped, at `rate` operations a second."""

    rate: float
    seconds: float | None = None
    issued: int = 0
    dropped: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"a rate is above 0 operations a second, not {self.rate}")

    @property
    def tick_seconds(self) -> float:
        """How long to rest between two looks at the clock."""
        return min(max(1 / self.rate, SHORTEST_TICK_SECONDS), LONGEST_TICK_SECONDS)

    @property
    def most_waiting(self) -> int:
        """Operations issued but not committed, at most."""
        return max(FEWEST_BACKLOG, int(self.rate * BACKLOG_SECONDS))

    def is_over(self, elapsed_seconds: float) -> bool:
        """True when the run's time is up."""
        return self.seconds is not None and elapsed_seconds >= self.seconds

    def due(self, elapsed_seconds: float, committed: int) -> int:
        """How many operations to issue now; counts them as issued."""
        if self.seconds is not None:
            elapsed_seconds = min(elapsed_seconds, self.seconds)
        wanted = int(elapsed_seconds * self.rate + 1e-6) - self.issued - self.dropped
        room = self.most_waiting - (self.issued - committed)
        taken = max(min(wanted, room), 0)
        self.issued += taken
        self.dropped += max(wanted - taken, 0)
        return taken
