"""Proof that V2 equals the core, row by row, aggregates included, while traffic goes on.

1. Freeze a view of the core, wait until V2 has taken in all that it shows, freeze a view of V2.
2. Compare digests of small slots of rows, then the rows of the slots that differ.
3. Look again at what differs, until it agrees or is sure to differ for good.

The core is asked with statements of its own, which share nothing with those that fill V2.
"""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg

from settlement_platform.errors import ProofError
from settlement_platform.proof.telling import Tell
from settlement_platform.proof.verify_diff import (
    Findings,
    apart,
    collect,
    compare_sorted,
    differing_slots,
    settled_and_moving,
)
from settlement_platform.proof.verify_read import (
    Barrier,
    Scope,
    Side,
    connected,
    open_dead_letters,
)
from settlement_platform.proof.verify_recheck import Items, recheck
from settlement_platform.proof.verify_tables import COMPARED_TABLES, ComparedTable
from settlement_platform.proof.verify_verdict import Verdict, table_verdict

LIMIT_SECONDS = 120.0
MINUTES_COMPARED_HOURS = 47
"""V2 keeps MINUTE buckets for 48 hours; the youngest of these are compared."""
ITEMS_LOOKED_AT_AGAIN = 100_000
"""A table's rows that are looked at again; beyond them a difference is taken for one at once."""
MOVING_LIMIT_SECONDS = 60.0
"""Rounds are begun for so long. A right bucket with a hundred changes a second agrees far sooner,
a wrong one never does."""


@dataclass
class Comparison:
    """What is known so far: the core's rows and the findings of each table."""

    as_of: dt.datetime
    core_rows: dict[ComparedTable, int] = field(default_factory=dict)
    findings: dict[ComparedTable, Findings] = field(default_factory=dict)
    rounds: int = 1


@dataclass(frozen=True)
class Pair:
    """Both databases, and the threads that let them work at the same time."""

    core: Side
    v2: Side
    executor: Executor
    tell: Tell


def compare_table(pair: Pair, table: ComparedTable, scope: Scope) -> tuple[int, Findings]:
    """Rows of the core, and what differs, in the frozen views of both sides."""
    pair.tell(f"comparing {table.name}")
    of_core = pair.executor.submit(pair.core.digests, table, scope)
    of_v2 = pair.executor.submit(pair.v2.digests, table, scope)
    core, v2 = of_core.result(), of_v2.result()
    core_rows = sum(row_count for row_count, _ in core.values())
    slots = differing_slots(core, v2)
    if not slots:
        return core_rows, Findings()
    pair.tell(f"{table.name}: {len(slots)} of {len(core | v2)} parts differ, reading their rows")
    differing = compare_sorted(
        pair.core.rows(table, scope, slots), pair.v2.rows(table, scope, slots)
    )
    return core_rows, collect(differing, ITEMS_LOOKED_AT_AGAIN)


def compare_all(pair: Pair, date: dt.date | None, limit_seconds: float) -> tuple[Comparison, Scope]:
    """The first round: every row of every table. Raises ProofError when V2 does not catch up."""
    with pair.core.view() as frozen:
        scope = Scope(date, frozen.clock_at - dt.timedelta(hours=MINUTES_COMPARED_HOURS))
        comparison = Comparison(Barrier(pair.v2, frozen.clock_at, limit_seconds).wait(pair.tell))
        with pair.v2.snapshot():
            for table in COMPARED_TABLES:
                core_rows, findings = compare_table(pair, table, scope)
                comparison.core_rows[table] = core_rows
                comparison.findings[table] = findings
                if table.of_sums:
                    newer = pair.v2.newer_keys(table, scope, frozen.lsn, ITEMS_LOOKED_AT_AGAIN)
                    findings.look_again_at(newer)
    return comparison, scope


def look_again(pair: Pair, scope: Scope, comparison: Comparison, limit_seconds: float) -> None:
    """Further rounds on what differs; leaves in the findings what differs for good.

    What still moves in the end, and never agreed, is left in the findings too.
    """
    moving: Items = {t: f.items for t, f in comparison.findings.items() if f.items}
    deadline = time.monotonic() + min(limit_seconds, MOVING_LIMIT_SECONDS)
    for table in moving:
        comparison.findings[table].items = {}
    while moving and time.monotonic() < deadline:
        comparison.rounds += 1
        count = sum(len(items) for items in moving.values())
        pair.tell(f"round {comparison.rounds}: looking again at {count:,} rows")
        now, as_of = recheck(
            pair.core,
            pair.v2,
            scope,
            moving,
            limit_seconds=limit_seconds,
            executor=pair.executor,
        )
        comparison.as_of = as_of or comparison.as_of
        before, moving = moving, {}
        for table, items in now.items():
            settled, still = settled_and_moving(before[table], items)
            comparison.findings[table].items |= apart(settled)
            if still:
                moving[table] = still
    for table, items in moving.items():
        comparison.findings[table].items |= apart(items)


def verify(
    core_dsn: str,
    v2_dsn: str,
    date: dt.date | None = None,
    limit_seconds: float = LIMIT_SECONDS,
    on_progress: Tell | None = None,
) -> Verdict:
    """Compare V2 with what the core says it must hold.

    `date` restricts transactions and aggregates to one business date. `limit_seconds` bounds each
    wait for V2 to catch up. Raises ProofError when V2 does not catch up, or either database cannot
    be read.
    """
    started = time.monotonic()
    tell = on_progress or (lambda _: None)
    try:
        with (
            connected(core_dsn, "core") as core,
            connected(v2_dsn, "v2") as v2,
            ThreadPoolExecutor(2) as executor,
        ):
            pair = Pair(core, v2, executor, tell)
            comparison, scope = compare_all(pair, date, limit_seconds)
            look_again(pair, scope, comparison, limit_seconds)
            dead_letters = open_dead_letters(v2)
    except psycopg.Error as error:
        raise ProofError(
            f"a database was lost while it was read: {' '.join(str(error).split())}",
            "run 'settlement status' to see what runs, then 'settlement verify' again",
        ) from error
    return Verdict(
        tables=tuple(
            table_verdict(table, comparison.core_rows[table], findings)
            for table, findings in comparison.findings.items()
        ),
        rounds=comparison.rounds,
        as_of=comparison.as_of,
        seconds=time.monotonic() - started,
        open_dead_letters=dead_letters,
        date=date,
    )
