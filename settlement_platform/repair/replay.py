"""Brings some business dates of V2 back to what the core has, and proves it, while traffic goes on.

1. Compare the dates with the core. Where nothing differs that is all, and it is cheap.
2. Have the connector read again what V2 lacks or has otherwise, and one payment of each bucket that
   is wrong; tell the stream what the core has not.
3. Compare again once V2 is complete past that. What still differs is tried again, a few times.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from settlement_platform.closing.days import DayRange
from settlement_platform.config import Settings
from settlement_platform.errors import ProofError, StorageError
from settlement_platform.proof.telling import Tell, prefixed
from settlement_platform.proof.verify import LIMIT_SECONDS, Comparison, compare
from settlement_platform.repair.absence import missed_deletes
from settlement_platform.repair.merchants import repair_merchants
from settlement_platform.repair.outcome import Outcome, day_outcome, left_over
from settlement_platform.repair.plan import DayPlan, Plan, chunks, plan, refuse_to_empty
from settlement_platform.repair.reaching import (
    ask_again,
    await_arrival,
    empty_buckets,
    read_core,
    read_v2,
    remove_beyond,
)
from settlement_platform.repair.records import write_records
from settlement_platform.repair.signals import KEYS_A_SIGNAL
from settlement_platform.storage.deployments import only_one
from settlement_platform.storage.engine import engine

TRIES_IN_VAIN = 3
"""So many tries in a row may repair nothing before it is given up."""
LOCK = "replay"


def dates_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every date from the first to the last. Raises ProofError when that is none."""
    if last < first:
        raise ProofError(
            f"there is no date from {first.isoformat()} to {last.isoformat()}",
            "give the older date first",
        )
    return DayRange(first, last).days()


def look(
    settings: Settings,
    dates: Sequence[dt.date],
    on_progress: Tell,
    limit_seconds: float = LIMIT_SECONDS,
) -> tuple[Plan, Comparison]:
    """What differs at these dates, and the comparison that found it. Raises ProofError."""
    found = compare(
        settings.core_dsn,
        settings.v2_dsn,
        dates,
        limit_seconds=limit_seconds,
        on_progress=on_progress,
    )
    return plan(dates, found), found


def _repair(settings: Settings, found: Plan, lsn: int, tell: Tell) -> None:
    """One try at all that differs; `lsn`: where the core's log was when it was found."""
    rows = found.to_read | found.ghosts
    presence, witnesses, seen_lsn = read_core(settings.core_dsn, rows, found.buckets)
    now = dt.datetime.now(dt.UTC)
    records = [
        record
        for payment in read_v2(settings.v2_dsn, rows)
        for record in missed_deletes(payment, presence[payment.transaction_id], now)
    ]
    gone = sorted(key for key in found.ghosts if not presence[key].payment)
    if records:
        tell(f"telling the stream of {len(records):,} deletes that it missed")
        write_records(settings.kafka, records)
    if gone:
        remove_beyond(settings.v2_owner_dsn, gone, seen_lsn)
        await_arrival(settings.v2_dsn, gone, seen_lsn, tell)
    there = {key for key, core in presence.items() if core.payment}
    asked = chunks(there | witnesses, KEYS_A_SIGNAL)
    for number, keys in enumerate(asked, 1):
        told = prefixed(tell, f"reading again, part {number} of {len(asked)}")
        if not ask_again(settings.core_signal_dsn, settings.v2_dsn, keys, told):
            break
    if found.ghost_buckets:
        empty_buckets(settings.v2_owner_dsn, found.ghost_buckets, lsn)


def _replay(settings: Settings, dates: Sequence[dt.date], tell: Tell, remove_most: bool) -> Outcome:
    started = time.monotonic()
    found, comparison = look(settings, dates, tell)
    merchants = repair_merchants(settings, comparison, tell, remove_most)
    first, last = dict(found.days), dict(found.days)
    planned: dict[dt.date, list[DayPlan]] = {date: [] for date in dates}
    tries, in_vain = 0, 0
    while not found.is_equal and in_vain < TRIES_IN_VAIN:
        tries += 1
        told = prefixed(tell, f"try {tries}")
        told(f"{found.size:,} differences at {len(found.differing)} dates")
        if not remove_most:
            refuse_to_empty(found.differing)
        for day in found.differing:
            planned[day.date].append(day)
        _repair(settings, found, comparison.lsn, told)
        before = found.size
        again = dates if found.unnamed else [day.date for day in found.differing]
        found, comparison = look(settings, again, told)
        last |= found.days
        in_vain = in_vain + 1 if found.size >= before else 0
    return Outcome(
        tuple(day_outcome(first[date], planned[date], last[date]) for date in dates),
        comparison.as_of,
        tries,
        time.monotonic() - started,
        found.unnamed,
        merchants,
    )


def replay(
    settings: Settings,
    dates: Sequence[dt.date],
    on_progress: Tell,
    remove_most: bool = False,
) -> Outcome:
    """Make V2 equal to the core at these dates; a second replay waits for the first.

    `remove_most` allows to remove most of a date from V2. The outcome says what is left, if
    anything is: see `prove`. Raises ProofError, CaptureError or StorageError.
    """
    v2 = engine(settings.v2_owner_dsn)
    try:
        with only_one(v2, LOCK):
            return _replay(settings, dates, on_progress, remove_most)
    except OperationalError as error:
        raise StorageError(
            f"V2 does not answer, or another replay goes on: {error.orig}",
            "see 'settlement status'; let the other replay end, then the same command again",
        ) from error
    finally:
        v2.dispose()


def prove(outcome: Outcome) -> None:
    """Raises ProofError, which says what is left, for an outcome that is no proof."""
    if not outcome.is_proven:
        raise ProofError(
            f"V2 still differs from the core after {outcome.tries} tries: {left_over(outcome)}",
            "run 'settlement doctor' for what keeps rows from V2, then see 'A day cannot be "
            "proven' in docs/runbook.md",
        )
