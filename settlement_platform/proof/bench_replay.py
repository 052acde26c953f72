"""How many rows a second come from Kafka into V2, with guard and history on.

The product's own job reads everything that lies on the topics into a second V2, beside the live
jobs. What counts was committed before the job was submitted; when each version was there is read
from the rows themselves, afterwards.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from dataclasses import dataclass

import psycopg
from confluent_kafka import KafkaException

from settlement_platform.config import Settings
from settlement_platform.errors import ProofError
from settlement_platform.proof.bench_figures import Figures, figures, rounded
from settlement_platform.proof.bench_pgbench import SQL_DIR
from settlement_platform.proof.bench_processor import (
    Machine,
    ProcessorMeter,
    machine,
    spent,
    spent_by_new,
    thread_seconds,
)
from settlement_platform.proof.bench_replay_job import replay_database, submit_replay
from settlement_platform.proof.bench_scratch import guarded, only_one
from settlement_platform.proof.bench_topics import count_records, topic_ends
from settlement_platform.proof.bench_versions import await_as_of, clock
from settlement_platform.proof.bench_visible import VisibleSampler
from settlement_platform.proof.telling import Tell, prefixed
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.progress import ProgressReader

ROWS = 200_000
CHUNK_ROWS = 5_000
CATCH_UP_SECONDS = 120.0
CATCH_UP_ROWS_A_SECOND = 500
"""Slower than this a stream that takes in what was added is taken for stuck."""

STUCK_SECONDS = 90.0
PAUSE_SECONDS = 0.5
PROBES_A_SECOND = 5.0
PROBE_POLL_SECONDS = 0.01
US_A_SECOND = 1_000_000
TASK_MANAGER = "flink-taskmanager"
_LSN = "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint"
_INSERTED = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'sp_v2_transactions'"


@dataclass(frozen=True)
class Replayed:
    """What came: transactions, their versions with history, records read; and how long it took.

    `seconds` goes from the first row to the last, `seconds_since_submit` counts planning and
    start-up too.
    """

    rows: int
    versions: int
    events: int
    seconds: float
    seconds_since_submit: float

    def to_json(self) -> dict[str, object]:
        """Counts, and each as a rate over `seconds`."""
        return {
            "rows": self.rows,
            "versions": self.versions,
            "events": self.events,
            "seconds": round(self.seconds, 3),
            "seconds_since_submit": round(self.seconds_since_submit, 3),
            "rows_per_second": round(self.rows / self.seconds),
            "versions_per_second": round(self.versions / self.seconds),
            "events_per_second": round(self.events / self.seconds),
        }


@dataclass(frozen=True)
class ReplayReport:
    """One replay. `live` is what a client of V2 saw of the core's commits in the meantime."""

    rows_wanted: int
    warmup_runs: int
    replayed: Replayed
    live: Figures
    job_processor_seconds: float
    processor_seconds: dict[str, float]
    before: Machine
    after: Machine

    def to_json(self) -> dict[str, object]:
        """The report as `settlement bench replay --json` prints it."""
        return {
            "bench": "replay",
            "rows_wanted": self.rows_wanted,
            "warmup_runs": self.warmup_runs,
            **self.replayed.to_json(),
            "live_visible_p50_ms": round(self.live.p50_ms, 3),
            "live_visible_p99_ms": round(self.live.p99_ms, 3),
            "live_visible_samples": self.live.samples,
            "job_processor_seconds": round(self.job_processor_seconds, 2),
            "machine": self.before.to_json(self.after),
            "processor_seconds": rounded(self.processor_seconds, 2),
        }


def _one(dsn: str, statement: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def chunks(rows: int) -> list[tuple[int, int]]:
    """First and last number, both included, of the chunks in which rows are added."""
    return [
        (first, min(first + CHUNK_ROWS, rows + 1) - 1) for first in range(1, rows + 1, CHUNK_ROWS)
    ]


def _add_missing(settings: Settings, rows: int, token: str, tell: Tell) -> None:
    """Bring the core to so many transactions, and wait until the topics have them all."""
    missing = max(rows - _one(settings.core_dsn, "SELECT count(*) FROM transactions_to_settle"), 0)
    statement = (SQL_DIR / "bench_history.sql").read_bytes()
    with psycopg.connect(settings.core_dsn, autocommit=True) as core:
        core.execute((SQL_DIR / "bench_merchants.sql").read_bytes())
        for first, last in chunks(missing):
            core.execute(statement, {"token": token, "first": first, "last": last})
            tell(f"adding to the core: {last} of {missing} transactions")
    limit = CATCH_UP_SECONDS + missing / CATCH_UP_ROWS_A_SECOND
    await_as_of(settings.v2_dsn, clock(settings.core_dsn), tell, limit)


class _Watch:
    """Follows the job until it has read what was there, and notices when it stands still."""

    def __init__(self, settings: Settings, owner_dsn: str, job_id: str) -> None:
        self._flink = FlinkClient(settings.flink)
        self._dsn, self._job_id = owner_dsn, job_id
        self._inserted, self._moved_seconds = 0, time.monotonic()

    def look(self, tell: Tell) -> None:
        """Tell how far it is. Raises ProofError when nothing has come for long."""
        inserted, now = _one(self._dsn, _INSERTED), time.monotonic()
        if inserted > self._inserted:
            self._inserted, self._moved_seconds = inserted, now
        tell(f"replaying: {inserted:,} transactions")
        if now - self._moved_seconds > STUCK_SECONDS:
            raise ProofError(
                f"the replay stands still at {inserted} transactions: "
                f"{self._flink.exception(self._job_id)}",
                "see 'settlement logs flink-taskmanager'",
            )


def _has_passed(reader: ProgressReader, core_at: dt.datetime) -> bool:
    """Whether all that the core had committed by an instant has been read and written.

    A broker under load that does not answer in time is asked again: `_Watch` bounds it.
    """
    try:
        known = reader.advance()
    except (KafkaException, TimeoutError):
        return False
    return known is not None and known > core_at


def _replay(settings: Settings, owner_dsn: str, tell: Tell) -> tuple[float, float]:
    """Run the job over everything. Returns when it was submitted (epoch seconds), and the processor
    seconds of its threads."""
    meter = ProcessorMeter(settings)
    task_manager = meter.pid(TASK_MANAGER)
    if task_manager is None:
        raise ProofError(f"{TASK_MANAGER} does not run", "run 'settlement up'")
    began_at, threads = clock(settings.core_dsn), thread_seconds(task_manager)
    tell("submitting the job")
    submitted_seconds = time.time()
    spec, job_id = submit_replay(settings, owner_dsn)
    watch = _Watch(settings, owner_dsn, job_id)
    reader = ProgressReader(settings.kafka, [spec])
    try:
        while not _has_passed(reader, began_at):
            watch.look(tell)
            time.sleep(PAUSE_SECONDS)
    finally:
        reader.close()
    return submitted_seconds, spent_by_new(threads, thread_seconds(task_manager))


def _brought(owner_dsn: str, lsn: int) -> tuple[int, int, int, int]:
    """Transactions, versions, first and last instant (epoch microseconds) before a position."""
    with psycopg.connect(owner_dsn) as scratch:
        statement = (SQL_DIR / "bench_replayed.sql").read_bytes()
        row = scratch.execute(statement, {"lsn": lsn}).fetchone()
    if row is None or not row[0]:
        raise ProofError(
            "the replay brought no row", "run 'settlement status' to see whether data flows"
        )
    return row[0], row[1], row[2], row[3]


def _measure(settings: Settings, rows: int, warmup_runs: int, tell: Tell) -> ReplayReport:
    token = f"h{secrets.token_hex(4)}"
    _add_missing(settings, rows, token, tell)
    for number in range(1, warmup_runs + 1):
        with replay_database(settings) as owner_dsn:
            _replay(settings, owner_dsn, prefixed(tell, f"warming up, {number} of {warmup_runs}"))
    with replay_database(settings) as owner_dsn:
        meter, before = ProcessorMeter(settings), machine()
        lsn, ends = _one(settings.core_dsn, _LSN), topic_ends(settings.kafka)
        probe = VisibleSampler(
            settings.core_dsn, settings.v2_dsn, token, PROBES_A_SECOND, PROBE_POLL_SECONDS
        )
        used, from_seconds = meter.read(), time.perf_counter()
        with probe:
            submitted_seconds, job_seconds = _replay(settings, owner_dsn, tell)
            to_seconds, now_used, after = time.perf_counter(), meter.read(), machine()
        tell("counting")
        row_count, version_count, first_us, last_us = _brought(owner_dsn, lsn)
    return ReplayReport(
        rows,
        warmup_runs,
        Replayed(
            row_count,
            version_count,
            count_records(settings.kafka, ends),
            (last_us - first_us) / US_A_SECOND,
            last_us / US_A_SECOND - submitted_seconds,
        ),
        figures("visibility", probe.latencies_ms(from_seconds, to_seconds)),
        job_seconds,
        spent(used, now_used),
        before,
        after,
    )


def bench_replay(settings: Settings, rows: int, warmup_runs: int, tell: Tell) -> ReplayReport:
    """Replay everything on the topics, `rows` transactions at least, after so many warm-up replays.

    Raises ProofError or StreamingError when it cannot be measured. Takes job and database away;
    what it had to add stays in the core.
    """
    try:
        with guarded(), only_one(settings):
            return _measure(settings, rows, warmup_runs, tell)
    except KafkaException as error:
        raise ProofError(
            f"Kafka refused the benchmark: {error}", "see 'settlement logs kafka'"
        ) from error
