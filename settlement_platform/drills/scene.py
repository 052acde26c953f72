"""What every drill needs: to break, to look, to wait with a bound, to do as the runbook says."""

from __future__ import annotations

import datetime as dt
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from settlement_platform.config import Settings
from settlement_platform.contracts.scalars import business_date
from settlement_platform.drills.report import Noticed, Report
from settlement_platform.errors import DrillError
from settlement_platform.monitoring.bounded import Readings, Unread
from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.flow import SYSTEMS, flow_checks, read_flow
from settlement_platform.monitoring.numbers import number_checks
from settlement_platform.proof.telling import Tell, prefixed
from settlement_platform.proof.verify import verify
from settlement_platform.repair.replay import prove, replay
from settlement_platform.simulator.core_writer import apply_schema
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.stack.up import up
from settlement_platform.storage.sql_files import statements
from settlement_platform.streaming.jobs import job_specs

sql = statements(Path(__file__).parent / "sql")
RED_SECONDS = 60.0
GREEN_SECONDS = 240.0
WAIT_SECONDS = 120.0
PAUSE_SECONDS = 0.5
CONNECT_TIMEOUT_SECONDS = 5
DAGSTER_DAEMON = "dagster-daemon"
NUMBERS = "numbers"
_UNREAD_NUMBERS = {check.name for check in number_checks(Unread("nobody asked"))}

Rows = list[tuple[Any, ...]]


class Scene:
    """One drill on one stack: it does, waits and looks, and writes all of it into its report."""

    def __init__(
        self, settings: Settings, name: str, tell: Tell, say: Tell, minutes: float = 1.0
    ) -> None:
        self.settings = settings
        self.minutes = minutes
        self.report = Report(name)
        self.tell = prefixed(tell, name)
        self.supervisor = Supervisor(settings)
        self.dates: set[dt.date] = {business_date(dt.datetime.now(dt.UTC))}
        self._say = say
        self._readings = Readings()
        self._jobs = list(job_specs())
        self._broken_at = time.monotonic()
        self._prefix = f"DRILL-{uuid.uuid4().hex[:8]}-"
        self._paid = 0

    def did(self, what: str) -> None:
        """Write down what was done."""
        self.report.did.append(what)
        self._say(f"{self.report.drill}: {what}")

    def broke(self, what: str) -> None:
        """Write down what was broken; from here on seconds are counted."""
        self._broken_at = time.monotonic()
        self.did(what)

    def since_broken(self) -> float:
        """Seconds since the thing was broken."""
        return time.monotonic() - self._broken_at

    # What is so

    def red(self, with_numbers: bool = False) -> list[Check]:
        """The checks that do not hold, in flow order, as `settlement doctor` has them."""
        systems = [name for name in SYSTEMS if with_numbers or name != NUMBERS]
        flow = read_flow(self.settings, systems, self._readings)
        found = [check for check in flow_checks(flow, self._jobs) if not check.ok]
        unasked = set() if with_numbers else _UNREAD_NUMBERS
        return [check for check in found if check.name not in unasked]

    def until_red(
        self, name: str, cause: str, seconds: float = RED_SECONDS, with_numbers: bool = False
    ) -> None:
        """Look until that check is red with a cause like that. Raises DrillError."""
        while True:
            red = self.red(with_numbers)
            for check in red:
                if check.name == name and re.search(cause, str(check.cause)):
                    noticed = Noticed(name, str(check.cause), self.since_broken())
                    self.report.noticed.append(noticed)
                    self._say(
                        f"{self.report.drill}: noticed after {noticed.seconds:.1f} s by {name}: "
                        f"{check.cause}"
                    )
                    return
            if self.since_broken() > seconds:
                raise DrillError(
                    f"{name} did not turn red with '{cause}' within {seconds:.0f} s: {told(red)}",
                    "that is a gap of the monitoring: see settlement_platform/monitoring",
                )
            self.tell(f"waiting for {name} to turn red ({self.since_broken():.0f} s)")
            time.sleep(PAUSE_SECONDS)

    def until_green(self, seconds: float = GREEN_SECONDS) -> None:
        """Look until every check holds. Raises DrillError, which names those that do not."""
        began = time.monotonic()
        while red := self.red() or self.red(with_numbers=True):
            if time.monotonic() - began > seconds:
                raise DrillError(
                    f"not green after {seconds:.0f} s: {told(red)}", "run 'settlement doctor'"
                )
            self.tell(f"waiting for green: {', '.join(check.name for check in red)}")
            time.sleep(PAUSE_SECONDS)

    def until(self, holds: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Wait until something holds. Raises DrillError with what did not come."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise DrillError(f"{what} after {seconds:.0f} s", "run 'settlement doctor'")
            self.tell(f"waiting: {what}")
            time.sleep(PAUSE_SECONDS)

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.tell(f"letting time pass: {left:.0f} s left")
            time.sleep(min(left, 1.0))

    # What is done to the databases

    def core(self, statement: LiteralString | bytes, **values: object) -> Rows:
        """A statement on the core, as its superuser."""
        return _executed(self.settings.core_admin_dsn, statement, values)

    def v2(self, statement: LiteralString | bytes, **values: object) -> Rows:
        """A statement on V2, as the owner of its tables."""
        return _executed(self.settings.v2_owner_dsn, statement, values)

    def pay(self, count: int) -> list[str]:
        """So many payments of today in the core; their ids."""
        self._paid += 1
        prefix = f"{self._prefix}{self._paid}-"
        self.core(sql("pay"), prefix=prefix, count=count)
        return [f"{prefix}{number}" for number in range(1, count + 1)]

    def are_in_v2(self, ids: Sequence[str]) -> bool:
        """V2 has these payments."""
        query: LiteralString = (
            "SELECT count(*) FROM sp_v2_transactions WHERE transaction_id = ANY(%(ids)s)"
        )
        return self.v2(query, ids=list(ids)) == [(len(ids),)]

    @contextmanager
    def changed(self, done: LiteralString, undone: LiteralString) -> Iterator[None]:
        """The core altered by its superuser, until the block ends."""
        self.core(done)
        self.broke(f"core: {done}")
        try:
            yield
        finally:
            self.core(undone)
            self.did(f"core: {undone}")

    # What the runbook says to do

    @contextmanager
    def nobody_heals(self) -> Iterator[None]:
        """Dagster's daemon away, which would heal what is being broken on purpose."""
        ran = {p["name"] for p in self.supervisor.processes() if p["pid"]}
        self.supervisor.stop_program(DAGSTER_DAEMON)
        try:
            yield
        finally:
            if DAGSTER_DAEMON in ran:
                self.supervisor.start_program(DAGSTER_DAEMON)

    def settlement_up(self) -> None:
        """`settlement up`."""
        self.did("settlement up")
        up(self.settings, self.tell, apply_schema, lambda what: self.tell(f"up: {what}"))

    def settlement_replay(self, remove_most: bool = False) -> None:
        """`settlement replay` over the dates that were touched. Raises ProofError."""
        first, last = min(self.dates), max(self.dates)
        asked = f"--date {first}" if first == last else f"--from {first} --to {last}"
        self.did(f"settlement replay {asked}{' --remove-most' if remove_most else ''}")
        prove(replay(self.settings, sorted(self.dates), self.tell, remove_most))

    def dismiss_dead_letters(self) -> None:
        """Dismiss the dead letters that are open: their rows are in V2 by now."""
        query: LiteralString = (
            "UPDATE sp_v2_dead_letters SET state = 'dismissed' WHERE state = 'open' RETURNING 1"
        )
        self.did(f"dismissed {len(self.v2(query))} dead letters")

    def settlement_verify(self) -> None:
        """`settlement verify`: its verdict becomes the report's. Raises DrillError."""
        verdict = verify(self.settings.core_dsn, self.settings.v2_dsn, on_progress=self.tell)
        unequal = verdict.missing, verdict.extra, verdict.different
        self.report.unequal, self.report.compared = unequal, verdict.compared
        self.did(f"settlement verify: {unequal[0]}/{unequal[1]}/{unequal[2]}")
        if not verdict.ok:
            raise DrillError(
                "V2 does not equal the core: {} missing, {} extra, {} different".format(*unequal),
                "run 'settlement verify', which names them",
            )


def _executed(dsn: str, statement: LiteralString | bytes, values: Mapping[str, object]) -> Rows:
    with psycopg.connect(
        dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS
    ) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def told(red: Sequence[Check]) -> str:
    """What is red, and why."""
    return "; ".join(f"{check.name}: {check.cause}" for check in red) or "all is green"
