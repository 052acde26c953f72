"""What a client sees: the time from its commit's return in the core to its row in a query of V2.

A server notes a commit's timestamp a little before the commit is on disk and visible; here nobody's
word is taken. The price is a probe: a few payments a second, and a query each few milliseconds
while one is on its way; the longer that takes, the rarer.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

import psycopg

from settlement_platform.errors import ProofError
from settlement_platform.proof.bench_pgbench import SQL_DIR
from settlement_platform.proof.bench_versions import run_prefix

LOST_AFTER_SECONDS = 120.0
MS_A_SECOND = 1000.0
LATE_BY_SHARE = 0.02
"""A marker is seen at most this share of its latency too late: a backlog is not polled for."""
_COMMIT = (SQL_DIR / "bench_marker.sql").read_bytes()
_SEEN = b"SELECT transaction_id FROM sp_v2_transactions WHERE transaction_id = ANY(%s)"


class VisibleSampler(threading.Thread):
    """Commits marker payments at a steady rate and watches V2 for each; a context manager.

    At its end it waits for the markers that are on their way. Raises ProofError when a marker does
    not come, or a database is lost.
    """

    def __init__(
        self, core_dsn: str, v2_dsn: str, token: str, rate: float = 2, poll_seconds: float = 0.01
    ) -> None:
        super().__init__(name="visible-sampler", daemon=True)
        self._dsns = core_dsn, v2_dsn
        self._prefix = f"{run_prefix(token)}v-"
        self._interval_seconds = 1 / rate
        self._poll_seconds = poll_seconds
        self._ending = threading.Event()
        self._failure: Exception | None = None
        self._on_their_way: dict[str, float] = {}
        self._samples: list[tuple[float, float]] = []
        self._count = 0

    def latencies_ms(self, from_seconds: float, to_seconds: float) -> list[float]:
        """Of the markers committed in a half-open span of `time.perf_counter()`."""
        return [
            (seen - committed) * MS_A_SECOND
            for committed, seen in self._samples
            if from_seconds <= committed < to_seconds
        ]

    def __enter__(self) -> VisibleSampler:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ending.set()
        if error is not None:
            return
        self.join()
        if isinstance(self._failure, ProofError):
            raise self._failure
        if self._failure is not None:
            raise ProofError(
                f"the visibility probe failed: {' '.join(str(self._failure).split())}",
                "run 'settlement status' to see what runs, then try again",
            ) from self._failure

    def run(self) -> None:
        """Probe until the end is asked for and no marker is on its way."""
        try:
            with (
                psycopg.connect(self._dsns[0], autocommit=True, prepare_threshold=0) as core,
                psycopg.connect(self._dsns[1], autocommit=True, prepare_threshold=0) as v2,
            ):
                self._probe(core, v2)
        except (psycopg.Error, ProofError) as error:
            self._failure = error

    def _probe(self, core: psycopg.Connection, v2: psycopg.Connection) -> None:
        due = time.perf_counter()
        while True:
            if not self._ending.is_set() and time.perf_counter() >= due:
                self._commit(core)
                # A probe that was held up does not hurry afterwards.
                due = max(due + self._interval_seconds, time.perf_counter())
            if self._on_their_way:
                oldest_seconds = self._look(v2)
                time.sleep(max(self._poll_seconds, oldest_seconds * LATE_BY_SHARE))
            elif self._ending.wait(max(due - time.perf_counter(), 0)):
                return

    def _commit(self, core: psycopg.Connection) -> None:
        self._count += 1
        marker = f"{self._prefix}{self._count}"
        core.execute(_COMMIT, {"txn_id": marker})
        self._on_their_way[marker] = time.perf_counter()

    def _look(self, v2: psycopg.Connection) -> float:
        """Take what has come; returns the age of the oldest that has not, in seconds."""
        seen = v2.execute(_SEEN, [list(self._on_their_way)]).fetchall()
        now = time.perf_counter()
        for (marker,) in seen:
            self._samples.append((self._on_their_way.pop(marker), now))
        oldest_seconds = now - min(self._on_their_way.values(), default=now)
        if oldest_seconds > LOST_AFTER_SECONDS:
            raise ProofError(
                f"a marker payment did not come to V2 within {LOST_AFTER_SECONDS:.0f} s, "
                f"{len(self._on_their_way)} are on their way",
                "run 'settlement status' to see which connector or job is behind",
            )
        return oldest_seconds
