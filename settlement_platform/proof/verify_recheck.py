"""Looking again at what differed, until it agrees or is sure to differ for good.

While traffic goes on, a row can differ only since it moved on between two reads. A bucket of the
cube may move many times a second, so that no late read meets the core's snapshot again. Both sides
are therefore read over and over within a round: V2 is behind the core by a moment, and passes
through the values that the core had. Everything older than the first round's barrier is in V2
already, so a value met in this way is V2's true state, not a remainder. Which reading is held
against which is decided by positions in the core's log: see verify_diff.agree.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from concurrent.futures import Executor, Future

from settlement_platform.proof.verify_diff import Item, Key, Sighting, contradiction, disagreeing
from settlement_platform.proof.verify_read import Barrier, Moment, Scope, Side
from settlement_platform.proof.verify_tables import ComparedTable

V2_POLL_SECONDS = 0.02
FEW_KEYS = 1_000
"""Up to so many the core is read more than once in a round."""

Items = dict[ComparedTable, dict[Key, Item]]
Rows = Mapping[ComparedTable, Mapping[Key, Sighting]]


class Watch:
    """What both sides were seen with in one round, key by key.

    `pending`: the keys that have not agreed yet.
    """

    def __init__(self, items: Items) -> None:
        self.pending = {table: set(keys) for table, keys in items.items() if keys}
        self.core_seen: dict[ComparedTable, dict[Key, list[Sighting]]] = {t: {} for t in items}
        self.v2_seen: dict[ComparedTable, dict[Key, set[Sighting]]] = {t: {} for t in items}

    def take_core(self, moment: Moment, rows: Rows) -> None:
        """Note a view of the core."""
        for table, found in rows.items():
            for key, (_, values) in found.items():
                views = self.core_seen[table].setdefault(key, [])
                unmoved = bool(views) and views[-1][1] == values
                views.append((moment.lsn, views[-1][1] if unmoved else values))

    def take_v2(self, rows: Rows) -> None:
        """Note a reading of V2, and stop looking at what agrees."""
        for table, found in rows.items():
            for key, sighting in found.items():
                self.v2_seen[table].setdefault(key, set()).add(sighting)
        still = {
            table: disagreeing(keys, self.core_seen[table], self.v2_seen[table])
            for table, keys in self.pending.items()
        }
        self.pending = {table: keys for table, keys in still.items() if keys}

    @property
    def few(self) -> bool:
        """Whether so little is pending that both sides may be read over and over."""
        return 0 < sum(len(keys) for keys in self.pending.values()) <= FEW_KEYS

    def disagreement(self) -> Items:
        """What never agreed, with values that show it."""
        return {
            table: {
                key: contradiction(self.core_seen[table][key], self.v2_seen[table][key])
                for key in keys
            }
            for table, keys in self.pending.items()
        }


def _read(side: Side, scope: Scope, keys: Mapping[ComparedTable, set[Key]]) -> Rows:
    return {table: side.rows_of(table, scope, wanted) for table, wanted in keys.items()}


def _read_frozen(
    core: Side, scope: Scope, keys: Mapping[ComparedTable, set[Key]]
) -> tuple[Moment, Rows]:
    with core.view() as moment:
        return moment, _read(core, scope, keys)


def recheck(
    core: Side,
    v2: Side,
    scope: Scope,
    items: Items,
    *,
    limit_seconds: float,
    executor: Executor,
) -> tuple[Items, dt.datetime | None]:
    """One round: both sides read at these keys until V2 holds what the core's first snapshot shows.

    Returns what never agreed, and V2's as_of if that had to be awaited.
    Raises ProofError when V2 does not catch up.
    """
    watch = Watch(items)
    barrier: Barrier | None = None
    as_of: dt.datetime | None = None
    reading: Future[tuple[Moment, Rows]] | None
    reading = executor.submit(_read_frozen, core, scope, watch.pending)
    while watch.pending:
        if reading is not None and reading.done():
            moment, rows = reading.result()
            watch.take_core(moment, rows)
            barrier = barrier or Barrier(v2, moment.clock_at, limit_seconds)
            reading = None
        if barrier is not None:
            as_of = barrier.passed()
        watch.take_v2(_read(v2, scope, watch.pending))
        if as_of is not None:
            break
        if reading is None and watch.few:
            reading = executor.submit(_read_frozen, core, scope, watch.pending)
        time.sleep(V2_POLL_SECONDS)
    if reading is not None:
        reading.result()  # the core's connection is free again only then
    return watch.disagreement(), as_of
