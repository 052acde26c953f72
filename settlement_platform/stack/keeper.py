"""The keeper: publishes as_of, keeps promised days, money and tiles up to date, and clears what no
restart clears.

Run by supervisord as `python -m settlement_platform.stack.keeper`. It decides nothing about data:
with it stopped the stream flows on, and as_of stands still.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import psycopg
import structlog
from confluent_kafka import KafkaException
from sqlalchemy.exc import SQLAlchemyError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_fixed

from settlement_platform.capture.connect_client import ConnectClient, state_of
from settlement_platform.capture.hanging import StuckPartitions, TransactionTool, abort_hanging
from settlement_platform.capture.local import connector_specs
from settlement_platform.config import Settings, settings
from settlement_platform.contracts.scalars import business_date
from settlement_platform.errors import SettlementError
from settlement_platform.kafka import Questions
from settlement_platform.settlement.books.dates import fill_dates
from settlement_platform.settlement.books.restating import MOST_ROWS, ask_for_restatements
from settlement_platform.stack.parts import cached, java
from settlement_platform.stack.readiness import probe
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.storage.as_of import publish
from settlement_platform.storage.engine import engine
from settlement_platform.storage.tiles import MOST_CHANGES, Fold
from settlement_platform.storage.writing import writing
from settlement_platform.streaming.cut_off import cut_off_seconds
from settlement_platform.streaming.jobs import told_by_as_of
from settlement_platform.streaming.progress import ProgressReader

AS_OF_SECONDS = 0.5
HANGING_CHECK_SECONDS = 2.0
CONNECTOR_CHECK_SECONDS = 3.0
RESTATEMENT_SECONDS = 3.0
FOLD_SECONDS = 0.1
FULL_LOOK_SECONDS = 600.0
"""So often every transaction is looked at, and not only those that something changed for."""
LONGEST_WAIT_SECONDS = 60.0
RECOVERED_SECONDS = 120.0
"""Longer than the longest wait: tasks that fail again at once have not recovered."""
JOBMANAGER = "flink-jobmanager"
LEADERLESS_SECONDS = 45.0
"""Longer than a start and an election take on a busy machine."""
AFTER_FAILURE_SECONDS = 1.0

INTERRUPTIONS = (
    SettlementError,
    KafkaException,
    SQLAlchemyError,
    psycopg.Error,
    OSError,
    ValueError,
    subprocess.SubprocessError,
)
"""What a duty may meet: parts that are away, and a tool of theirs that hangs."""

log = structlog.get_logger()

Duty = Callable[[Settings], None]


def _publish_as_of(wanted: Settings) -> None:
    v2 = engine(wanted.v2_owner_dsn)
    reader = ProgressReader(wanted.kafka, told_by_as_of())
    try:
        while True:
            began = time.monotonic()
            as_of = reader.advance()
            if as_of is not None:
                publish(v2, as_of)
            time.sleep(max(AS_OF_SECONDS - (time.monotonic() - began), 0.01))
    finally:
        reader.close()
        v2.dispose()


def _abort_hanging(wanted: Settings) -> None:
    stuck = StuckPartitions()
    tool = TransactionTool(java(), cached()["kafka"], wanted.kafka)
    with Questions(wanted.kafka) as kafka:
        while True:
            abort_hanging(kafka, stuck, tool, lambda line: log.warning("transaction", done=line))
            time.sleep(HANGING_CHECK_SECONDS)


def _ask_for_restatements(wanted: Settings) -> None:
    full_look_at = 0.0
    while True:
        everything = time.monotonic() >= full_look_at
        with writing(wanted.v2_owner_dsn) as v2:
            filled = fill_dates(v2, business_date(dt.datetime.now(dt.UTC)))
            asked = ask_for_restatements(v2, cut_off_seconds(), everything)
        if filled:
            log.info("settlement dates", new=filled.new_count, moved=len(filled.moved))
        if asked:
            log.info("restatements", asked=asked)
        if everything and asked < MOST_ROWS:
            full_look_at = time.monotonic() + FULL_LOOK_SECONDS
        time.sleep(RESTATEMENT_SECONDS)


@dataclass(frozen=True)
class FirstAid:
    """How often failed tasks were restarted since they last ran for a while; when (monotonic)."""

    times: int = 0
    last_at: float = 0.0

    def seen(self, failed: bool, now: float) -> FirstAid:
        """What counts after a look: tasks that run for long enough have recovered."""
        return self if failed or now - self.last_at < RECOVERED_SECONDS else FirstAid()

    def is_due(self, now: float) -> bool:
        """Whether failed tasks are restarted now: at once at first, then ever more rarely."""
        wait_seconds = CONNECTOR_CHECK_SECONDS * 2 ** min(self.times, 10)
        return self.times == 0 or now - self.last_at >= min(wait_seconds, LONGEST_WAIT_SECONDS)


def _fold_tiles(wanted: Settings) -> None:
    with psycopg.connect(wanted.v2_owner_dsn, autocommit=True) as v2:
        # What a crash loses of it still waits to be folded.
        v2.execute("SET synchronous_commit = off")
        fold = Fold(v2)
        while True:
            if fold.step() < MOST_CHANGES:
                time.sleep(FOLD_SECONDS)


def _restart_failed_tasks(wanted: Settings) -> None:
    aids = dict.fromkeys((spec.name for spec in connector_specs(wanted)), FirstAid())
    with ConnectClient(wanted.connect) as connect:
        while True:
            for name, aid in aids.items():
                failed = state_of(connect.status(name)) == "FAILED"
                now = time.monotonic()
                aids[name] = seen = aid.seen(failed, now)
                if failed and seen.is_due(now):
                    aids[name] = FirstAid(seen.times + 1, now)
                    log.warning("connector", restarting=name, times=seen.times + 1)
                    connect.restart_failed(name)
            time.sleep(CONNECTOR_CHECK_SECONDS)


def _restart_leaderless_jobmanager(wanted: Settings) -> None:
    """A JobManager that lost its ZooKeeper session may live on without leading, for ever."""
    led_at = time.monotonic()
    while True:
        try:
            probe(wanted, JOBMANAGER)
            led_at = time.monotonic()
        except (httpx.HTTPError, OSError):
            if time.monotonic() - led_at > LEADERLESS_SECONDS:
                log.warning("jobmanager", restarting="it answers nobody")
                supervisor = Supervisor(wanted)
                supervisor.stop_program(JOBMANAGER)
                supervisor.start_program(JOBMANAGER)
                led_at = time.monotonic()
        time.sleep(CONNECTOR_CHECK_SECONDS)


def keep_on(duty: Duty, wanted: Settings) -> None:
    """A duty that something broke begins again: what it watches over is what breaks."""

    def tell(state: RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        log.warning("duty interrupted", duty=duty.__name__, cause=str(failure)[:200])

    # With clients of its own for each beginning: one that knew a broker before it was killed may
    # wait for that one's answer for ever.
    Retrying(
        retry=retry_if_exception_type(INTERRUPTIONS),
        wait=wait_fixed(AFTER_FAILURE_SECONDS),
        before_sleep=tell,
    )(duty, wanted)


def main() -> None:
    """Run every duty until the process is told to stop."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    wanted = settings()
    duties = (
        _publish_as_of,
        _abort_hanging,
        _ask_for_restatements,
        _fold_tiles,
        _restart_failed_tasks,
        _restart_leaderless_jobmanager,
    )
    threads = [
        threading.Thread(target=keep_on, args=(duty, wanted), daemon=True) for duty in duties
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
