"""Up to which instant everything that the core committed is in V2. Pure.

A canary row that the core stamped at H is read from Kafka, and then the ends of the data topics:
one connector with one task writes them all in commit order, so whatever the core committed before H
lies below those ends. Once the jobs have committed offsets up to them (they do after a checkpoint,
and the sinks have flushed by then), everything before H is in V2 or in its dead letters.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass, field

Ends = dict[str, int]
"""Topic -> offset after its last readable record."""
Positions = dict[tuple[str, str], int]
"""(consumer group, topic) -> committed offset."""

LONGEST_WAIT = 600
"""Canaries that may wait at once: ten minutes of them. Older ones are subsumed by newer ones."""


@dataclass
class PendingCanaries:
    """Canaries whose preceding data has not all arrived in V2 yet, oldest first."""

    waiting: deque[tuple[dt.datetime, Ends]] = field(
        default_factory=lambda: deque(maxlen=LONGEST_WAIT)
    )

    def saw(self, beat_at: dt.datetime, ends: Ends) -> None:
        """A canary, and the ends of the data topics as they were after it was read."""
        if not self.waiting or beat_at > self.waiting[-1][0]:
            self.waiting.append((beat_at, ends))

    def passed(self, positions: Positions) -> dt.datetime | None:
        """The newest canary that every group has passed, taken off the list with all older ones."""
        newest = None
        while self.waiting and behind(self.waiting[0][1], positions) == []:
            newest = self.waiting.popleft()[0]
        return newest


def behind(ends: Ends, positions: Positions) -> list[tuple[str, str]]:
    """The (group, topic) pairs that have not come to the ends."""
    return [pair for pair, offset in positions.items() if offset < ends.get(pair[1], 0)]
