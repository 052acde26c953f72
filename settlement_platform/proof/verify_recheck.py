"""Looking again at what differed, until it agrees or is sure to differ for good.

While traffic goes on, a row can differ only since it moved on between two reads. A bucket of the
cube may move many times a second, so that no late read meets the core's snapshot again: V2 is
therefore read from the instant of the snapshot on, every few milliseconds, and passes through the
snapshot's value on its way. Everything older than the first barrier is in V2 already, so a value
met in this way is V2's true state, not a remainder.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import Executor, Future

from settlement_platform.proof.verify_diff import Item, Key, Values, disagreeing
from settlement_platform.proof.verify_read import Barrier, Scope, Side
from settlement_platform.proof.verify_tables import ComparedTable

V2_POLL_SECONDS = 0.02

Items = dict[ComparedTable, dict[Key, Item]]
Expected = dict[ComparedTable, dict[Key, Values | None]]


class Watch:
    """The values that V2 was seen with, key by key, since the core's snapshot."""

    def __init__(self, v2: Side, scope: Scope, items: Mapping[ComparedTable, dict[Key, Item]]):
        self.v2 = v2
        self.scope = scope
        self.pending = {table: set(keys) for table, keys in items.items() if keys}
        self.last: Expected = {table: {} for table in items}
        self.seen: dict[ComparedTable, dict[Key, set[Values | None]]] = {
            table: defaultdict(set) for table in items
        }

    def look(self) -> None:
        """Read what is pending once."""
        for table, keys in self.pending.items():
            for key, values in self.v2.rows_of(table, self.scope, keys).items():
                self.last[table][key] = values
                self.seen[table][key].add(values)

    def narrow(self, expected: Expected) -> None:
        """Stop looking at what agreed."""
        still = {table: disagreeing(expected[table], self.seen[table]) for table in self.pending}
        self.pending = {table: keys for table, keys in still.items() if keys}

    def disagreement(self, expected: Expected) -> Items:
        """What never agreed: the core's value and V2's last."""
        return {
            table: {key: Item(expected[table][key], self.last[table][key]) for key in keys}
            for table, keys in self.pending.items()
        }


def recheck(
    core: Side,
    v2: Side,
    scope: Scope,
    items: Items,
    limit_seconds: float,
    executor: Executor,
) -> tuple[Items, dt.datetime | None]:
    """One round: a fresh snapshot of the core at these keys, and V2 watched from then on.

    Returns what still differs, and V2's as_of if that was awaited. Raises ProofError when V2 does
    not catch up.
    """
    with core.snapshot() as core_at:
        barrier = Barrier(v2, core_at, limit_seconds)
        watch = Watch(v2, scope, items)
        reading: Future[Expected] = executor.submit(
            lambda: {table: core.rows_of(table, scope, keys) for table, keys in items.items()}
        )
        while watch.pending:
            last_look = reading.done() and barrier.reached()
            watch.look()
            if reading.done():
                watch.narrow(reading.result())
            if last_look:
                break
            time.sleep(V2_POLL_SECONDS)
        expected = reading.result()
    return watch.disagreement(expected), barrier.as_of
