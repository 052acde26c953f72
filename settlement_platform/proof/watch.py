"""Readers that look at V2 all the time, as its users do, and keep what they should never see."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg

from settlement_platform.contracts.scalars import business_date

PAUSE_SECONDS = 0.05
SUM_PAUSE_SECONDS = 0.01
"""Between two reads: a reader that spins would take the processor from what it watches."""
KNOWN_ROWS = 2000
ROWS_AT_ONCE = 50
FRESH_SECONDS = 2.5
"""A canary beats each second; one that is older than this did not come through."""

CANARY_AGE: LiteralString = (
    "SELECT EXTRACT(EPOCH FROM clock_timestamp() - core_at)::float8 FROM sp_v2_canary"
)
CHANGED_ROWS: LiteralString = (
    "SELECT transaction_id FROM sp_v2_transaction_history ORDER BY history_id DESC LIMIT %s"
)
VERSIONS: LiteralString = """
SELECT transaction_id, source_lsn, gateway_lsn
FROM sp_v2_transactions
WHERE transaction_id = ANY(%s)"""
CAPTURED: LiteralString = """
SELECT transaction_date, sum(captured_count), sum(captured_paise)
FROM sp_v2_realtime_aggregates
WHERE bucket_grain = 'DAY' AND transaction_date >= %s
GROUP BY transaction_date"""


class _Reader(threading.Thread):
    """A thread that reads until it is told to stop; a server that is away is waited for."""

    def __init__(self, v2_dsn: str) -> None:
        super().__init__(daemon=True)
        self._dsn = v2_dsn
        self._ending = threading.Event()
        self.reads = 0
        self.violations: list[str] = []

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True, connect_timeout=2) as connection:
                    while not self._ending.is_set():
                        self.read(connection)
            except psycopg.OperationalError:
                self._ending.wait(PAUSE_SECONDS)

    def read(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Read once and judge what was seen."""
        raise NotImplementedError

    def end(self) -> None:
        """Stop and wait for the last read."""
        self._ending.set()
        self.join(10)


class FreshnessWatch(_Reader):
    """Samples the age of the newest canary in V2: (monotonic seconds, age in seconds)."""

    def __init__(self, v2_dsn: str) -> None:
        super().__init__(v2_dsn)
        self.samples: list[tuple[float, float]] = []

    def read(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        row = connection.execute(CANARY_AGE).fetchone()
        if row is not None and isinstance(row[0], float):
            self.samples.append((time.monotonic(), row[0]))
            self.reads += 1
        self._ending.wait(PAUSE_SECONDS)

    def stale_until(self, since: float) -> float:
        """Seconds after `since` (monotonic) until rows were fresh for good; 0 if they always were.

        Time in which V2 could not be asked at all counts as stale.
        """
        samples = [(at, age) for at, age in self.samples if at >= since]
        stale = since
        before = since
        for at, age in samples:
            if age > FRESH_SECONDS or at - before > FRESH_SECONDS:
                stale = at
            before = at
        return stale - since

    def fresh_for(self, seconds: float) -> bool:
        """Whether every sample of the last seconds was fresh, and there were some."""
        now = time.monotonic()
        recent = [age for at, age in self.samples if at >= now - seconds]
        return len(recent) >= seconds / PAUSE_SECONDS / 10 and max(recent) <= FRESH_SECONDS


@dataclass
class _Seen:
    versions: dict[str, tuple[int, int]] = field(default_factory=dict)
    captured: dict[object, tuple[int, int]] = field(default_factory=dict)


class VersionReader(_Reader):
    """Reads rows again and again: none may go back to an older version, and none may vanish.

    `reads` counts rows, of which one statement reads some.
    """

    def __init__(self, v2_dsn: str, seed: int = 0) -> None:
        super().__init__(v2_dsn)
        self._random = random.Random(seed)  # noqa: S311 - which row is read next is no secret
        self._seen = _Seen()
        self._known: list[str] = []
        self._refreshed = 0.0

    def read(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        if time.monotonic() - self._refreshed > 1 or not self._known:
            rows = connection.execute(CHANGED_ROWS, (KNOWN_ROWS,)).fetchall()
            self._known = [str(row[0]) for row in rows] or self._known
            self._refreshed = time.monotonic()
            if not self._known:
                self._ending.wait(PAUSE_SECONDS)
                return
        keys = self._random.sample(self._known, min(ROWS_AT_ONCE, len(self._known)))
        found = {
            str(key): (int(str(source)), int(str(gateway)))
            for key, source, gateway in connection.execute(VERSIONS, (keys,)).fetchall()
        }
        for key in keys:
            self._judge(key, found.get(key))
        self.reads += len(keys)
        self._ending.wait(PAUSE_SECONDS)

    def _judge(self, key: str, version: tuple[int, int] | None) -> None:
        if version is None:
            self.violations.append(f"{key} vanished")
            return
        before = self._seen.versions.get(key, (0, 0))
        if version[0] < before[0] or version[1] < before[1]:
            self.violations.append(f"{key} went back from {before} to {version}")
        self._seen.versions[key] = version


class CapturedReader(_Reader):
    """Reads the captured count and sum of each day since yesterday: with nothing deleted, none may
    fall. Which days these are is settled at the beginning: a midnight takes none of them away."""

    def __init__(self, v2_dsn: str) -> None:
        super().__init__(v2_dsn)
        self._seen = _Seen()
        self._since = business_date(dt.datetime.now(dt.UTC)) - dt.timedelta(days=1)

    def read(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        found = {
            day: (int(str(count)), int(str(paise)))
            for day, count, paise in connection.execute(CAPTURED, (self._since,)).fetchall()
        }
        for day, before in self._seen.captured.items():
            now = found.get(day, (0, 0))
            if now[0] < before[0] or now[1] < before[1]:
                self.violations.append(f"captured of {day} fell from {before} to {now}")
        self._seen.captured = found
        self.reads += 1
        self._ending.wait(SUM_PAUSE_SECONDS)
