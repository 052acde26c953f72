"""Proof that V2 equals the core, row by row, aggregates included, while traffic goes on.

1. Freeze a view of the core, wait until V2 has taken in all that it shows, freeze a view of V2.
2. Compare digests of small slots of rows, then the rows of the slots that differ.
3. Look again at what differs, until it agrees or is sure to differ for good.

The core is asked with statements of its own, which share nothing with those that fill V2. What
stands in a live batch is settled, whatever the core says: the core is told which those are.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg

from settlement_platform.errors import ProofError
from settlement_platform.proof.telling import Tell
from settlement_platform.proof.verify_books import verify_books
from settlement_platform.proof.verify_diff import (
    Findings,
    apart,
    collect,
    compare_sorted,
    differing_slots,
    rows_by_date,
    settled_and_moving,
)
from settlement_platform.proof.verify_money import verify_money
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
    """What is known so far: the core's rows and the findings of each table.

    `rows_by_date`: the core's rows of each business date, of the tables that have one. `lsn`: the
    core was seen with all that it had written to its log before.
    """

    as_of: dt.datetime
    lsn: int
    core_rows: dict[ComparedTable, int] = field(default_factory=dict)
    rows_by_date: dict[ComparedTable, Counter[dt.date]] = field(default_factory=dict)
    findings: dict[ComparedTable, Findings] = field(default_factory=dict)
    rounds: int = 1
    open_dead_letters: int = 0


@dataclass(frozen=True)
class Pair:
    """Both databases, and the threads that let them work at the same time."""

    core: Side
    v2: Side
    executor: Executor
    tell: Tell


def compare_table(pair: Pair, table: ComparedTable, scope: Scope, comparison: Comparison) -> None:
    """Note the rows of the core, and what differs, in the frozen views of both sides."""
    pair.tell(f"comparing {table.name}")
    of_core = pair.executor.submit(pair.core.digests, table, scope)
    of_v2 = pair.executor.submit(pair.v2.digests, table, scope)
    core, v2 = of_core.result(), of_v2.result()
    comparison.core_rows[table] = sum(row_count for row_count, _ in core.values())
    comparison.findings[table] = Findings()
    if table.group:
        comparison.rows_by_date[table] = rows_by_date(core)
    slots = differing_slots(core, v2)
    if not slots:
        return
    pair.tell(f"{table.name}: {len(slots)} of {len(core | v2)} parts differ, reading their rows")
    differing = compare_sorted(
        pair.core.rows(table, scope, slots), pair.v2.rows(table, scope, slots)
    )
    comparison.findings[table] = collect(differing, ITEMS_LOOKED_AT_AGAIN)


def compare_all(
    pair: Pair,
    tables: Sequence[ComparedTable],
    dates: Sequence[dt.date] | None,
    limit_seconds: float,
) -> tuple[Comparison, Scope]:
    """The first round: every row of these tables. Raises ProofError when V2 does not catch up."""
    with pair.core.view() as frozen:
        minute_from_at = frozen.clock_at - dt.timedelta(hours=MINUTES_COMPARED_HOURS)
        scope = Scope(None if dates is None else tuple(dates), minute_from_at)
        as_of = Barrier(pair.v2, frozen.clock_at, limit_seconds).wait(pair.tell)
        comparison = Comparison(as_of, frozen.lsn)
        with pair.v2.snapshot():
            scope = pair.v2.in_live_batches(scope)
            for table in tables:
                compare_table(pair, table, scope, comparison)
                if table.of_sums:
                    newer = pair.v2.newer_keys(table, scope, frozen.lsn, ITEMS_LOOKED_AT_AGAIN)
                    comparison.findings[table].look_again_at(newer)
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
        scope = pair.v2.in_live_batches(scope)
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


def compare(
    core_dsn: str,
    v2_dsn: str,
    dates: Sequence[dt.date] | None = None,
    tables: Sequence[ComparedTable] = COMPARED_TABLES,
    limit_seconds: float = LIMIT_SECONDS,
    on_progress: Tell | None = None,
) -> Comparison:
    """What differs for good between V2 and what the core says it must hold.

    `dates` restricts transactions and aggregates to some business dates. `limit_seconds` bounds
    each wait for V2 to catch up. Raises ProofError when V2 does not catch up, or either database
    cannot be read.
    """
    tell = on_progress or (lambda _: None)
    try:
        with (
            connected(core_dsn, "core") as core,
            connected(v2_dsn, "v2") as v2,
            ThreadPoolExecutor(2) as executor,
        ):
            pair = Pair(core, v2, executor, tell)
            comparison, scope = compare_all(pair, tables, dates, limit_seconds)
            look_again(pair, scope, comparison, limit_seconds)
            comparison.open_dead_letters = open_dead_letters(v2)
    except psycopg.Error as error:
        raise ProofError(
            f"a database was lost while it was read: {' '.join(str(error).split())}",
            "run 'settlement status' to see what runs, then the same command again",
        ) from error
    return comparison


def verify(
    core_dsn: str,
    v2_dsn: str,
    date: dt.date | None = None,
    limit_seconds: float = LIMIT_SECONDS,
    on_progress: Tell | None = None,
    cut_off_seconds: int | None = None,
) -> Verdict:
    """Compare V2 with what the core says it must hold: every table, one business date or all.

    With a cut-off (the last second of a day that a capture counts for) the money of the
    transactions is compared, too, with what V2's terms make of it, and the books of settlement with
    the laws of settled money, whatever the date.

    Raises ProofError as `compare` does.
    """
    started = time.monotonic()
    dates = None if date is None else (date,)
    found = compare(core_dsn, v2_dsn, dates, limit_seconds=limit_seconds, on_progress=on_progress)
    tables = [
        table_verdict(table, found.core_rows[table], findings)
        for table, findings in found.findings.items()
    ]
    if cut_off_seconds is not None:
        with connected(v2_dsn, "v2") as v2:
            tell = on_progress or (lambda _: None)
            tables.append(verify_money(v2, dates, cut_off_seconds, tell))
            tables.append(verify_books(v2))
    return Verdict(
        tables=tuple(tables),
        rounds=found.rounds,
        as_of=found.as_of,
        seconds=time.monotonic() - started,
        open_dead_letters=found.open_dead_letters,
        date=date,
    )
