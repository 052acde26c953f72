"""Plays live traffic into the core at a given rate, and keeps its answer key exact."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from settlement_platform.errors import SettlementError
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.core_writer import (
    connect,
    core_error,
    ensure_merchants,
    refuse_used_seed,
)
from settlement_platform.simulator.lane import Lane
from settlement_platform.simulator.mix import Mix
from settlement_platform.simulator.pacing import Pacer
from settlement_platform.simulator.rows import live_txn_id
from settlement_platform.simulator.traffic import Clock, Traffic
from settlement_platform.simulator.world import world

LANES = 8
REPORT_EVERY_SECONDS = 1.0
DRAIN_LIMIT_SECONDS = 30.0
"""After the last operation was issued, the core has so long to take what still waits."""
END_SECONDS = 150.0
"""How long traffic beside a block may take to end."""


@dataclass(frozen=True)
class TrafficProgress:
    """Where a run stands: `waiting` operations are issued and not yet committed."""

    seconds: float
    commits: int
    errors: int
    waiting: int


@dataclass(frozen=True)
class TrafficReport:
    """What a run did to the core.

    `answer_key` counts this run's payments alone, as they are in the core now. `errors` counts
    attempts that failed and were repeated, `missed` changes that found somebody else's hand on
    their row, `dropped` operations that were due while the core could not keep up.
    """

    answer_key: AnswerKey
    commits: int
    errors: int
    seconds: float
    missed: int = 0
    dropped: int = 0


def utc_now() -> dt.datetime:
    """The clock of live traffic."""
    return dt.datetime.now(dt.UTC)


def run_traffic(
    core_dsn: str,
    rate: float,
    seconds: float | None,
    seed: int,
    mix: Mix | None = None,
    stop: threading.Event | None = None,
    on_tick: Callable[[TrafficProgress], None] | None = None,
    clock: Clock = utc_now,
) -> TrafficReport:
    """Commits `rate` operations a second for `seconds`, or until `stop` is set if that is None.

    Survives the core being killed and restarted. `on_tick` is called each second in this thread.
    Raises SettlementError if the core has this seed's traffic already, refuses a statement, or
    stays away too long.
    """
    stop = stop or threading.Event()
    pacer = Pacer(rate, seconds)
    try:
        with connect(core_dsn) as connection:
            refuse_used_seed(connection, "traffic", seed, live_txn_id)
            ensure_merchants(connection, world(seed).merchants)
    except psycopg.Error as error:
        raise core_error(error) from error
    abandon = threading.Event()
    lanes = [Lane(core_dsn, number, abandon) for number in range(LANES)]
    started = time.monotonic()
    try:
        for lane in lanes:
            lane.start()
        _issue(Traffic(seed, clock, mix), pacer, lanes, stop, on_tick)
        _drain(lanes)
    finally:
        abandon.set()
        for lane in lanes:
            lane.queue.put(None)
    return _report(lanes, pacer, time.monotonic() - started)


@contextmanager
def traffic_meanwhile(
    core_dsn: str, rate: float, seed: int, mix: Mix | None = None
) -> Iterator[list[BaseException]]:
    """Traffic beside the block, in a thread, ended with it.

    Gives what it failed with, which is known once the block is over.
    """
    stop, failures = threading.Event(), list[BaseException]()

    def drive() -> None:
        try:
            run_traffic(core_dsn, rate, None, seed, mix=mix, stop=stop)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=drive, daemon=True)
    thread.start()
    try:
        yield failures
    finally:
        stop.set()
        thread.join(END_SECONDS)
        if thread.is_alive():
            failures.append(TimeoutError(f"it goes on {END_SECONDS:.0f} s after its end"))


def _issue(
    traffic: Traffic,
    pacer: Pacer,
    lanes: list[Lane],
    stop: threading.Event,
    on_tick: Callable[[TrafficProgress], None] | None,
) -> None:
    """Hands operations to the lanes until the time is up or somebody stops it."""
    started, next_report_seconds = time.monotonic(), REPORT_EVERY_SECONDS
    over = False
    while not over and not stop.wait(pacer.tick_seconds):
        elapsed_seconds = time.monotonic() - started
        over = pacer.is_over(elapsed_seconds)
        commits = sum(lane.commits for lane in lanes)
        for _ in range(pacer.due(elapsed_seconds, commits)):
            operation = next(traffic)
            lanes[operation.lane % len(lanes)].queue.put(operation)
        _raise_failure(lanes)
        if on_tick is not None and elapsed_seconds >= next_report_seconds:
            next_report_seconds += REPORT_EVERY_SECONDS
            errors = sum(lane.errors for lane in lanes)
            on_tick(TrafficProgress(elapsed_seconds, commits, errors, pacer.issued - commits))


def _drain(lanes: list[Lane]) -> None:
    """Waits until the core has everything that was issued."""
    deadline = time.monotonic() + DRAIN_LIMIT_SECONDS
    for lane in lanes:
        lane.queue.put(None)
    for lane in lanes:
        lane.join(max(deadline - time.monotonic(), 0))
    _raise_failure(lanes)
    if any(lane.is_alive() for lane in lanes):
        raise SettlementError(
            f"the core did not take the last operations within {DRAIN_LIMIT_SECONDS:.0f} s",
            "start the core database; this run's answer key is lost, compare by verify instead",
        )


def _raise_failure(lanes: list[Lane]) -> None:
    for lane in lanes:
        if lane.failure is not None:
            raise lane.failure


def _report(lanes: list[Lane], pacer: Pacer, seconds: float) -> TrafficReport:
    key = AnswerKey()
    for lane in lanes:
        key.merge(lane.answer_key)
    return TrafficReport(
        answer_key=key,
        commits=sum(lane.commits for lane in lanes),
        errors=sum(lane.errors for lane in lanes),
        seconds=seconds,
        missed=sum(lane.missed for lane in lanes),
        dropped=pacer.dropped,
    )
