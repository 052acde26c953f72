"""One lane: a thread with one connection that commits operations in order, through crashes."""

from __future__ import annotations

import logging
import threading
import time
from queue import SimpleQueue

import psycopg

from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.core_writer import connect, core_error
from settlement_platform.simulator.operations import Operation, Statement
from settlement_platform.simulator.statement_files import statement_text

FIRST_BACK_OFF_SECONDS = 0.05
LONGEST_BACK_OFF_SECONDS = 0.5
OUTAGE_LIMIT_SECONDS = 120.0
"""A core that cannot be reached for so long ends the traffic."""

# psycopg logs each pipeline that a crash cuts off; the lane counts it as an error itself.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class Lane(threading.Thread):
    """Takes operations from its queue until it gets None, or `abandon` is set.

    `commits` counts operations in the core; `errors` attempts that failed and were repeated;
    `missed` operations that found their row missing or their key taken, because somebody else
    writes to the same rows: those are not in the answer key. `failure` ends the lane.
    """

    def __init__(self, core_dsn: str, number: int, abandon: threading.Event) -> None:
        super().__init__(name=f"traffic-lane-{number}", daemon=True)
        self.queue: SimpleQueue[Operation | None] = SimpleQueue()
        self.answer_key = AnswerKey()
        self.commits = 0
        self.errors = 0
        self.missed = 0
        self.failure: Exception | None = None
        self._core_dsn = core_dsn
        self._abandon = abandon
        self._session: _Session | None = None

    def run(self) -> None:
        """Commits one operation after the other."""
        try:
            while (operation := self.queue.get()) is not None and not self._abandon.is_set():
                self._commit(operation)
        except psycopg.Error as error:
            self.failure = core_error(error)
        except Exception as error:  # raised again by whoever started the lane
            self.failure = error
        finally:
            self._disconnect()

    def _commit(self, operation: Operation) -> None:
        """Applies an operation until it is known to be in the core.

        A connection that breaks leaves the commit in doubt. Applying the operation again decides
        it: it does what is missing, and nothing if nothing is.
        """
        failed_since, back_off_seconds = 0.0, FIRST_BACK_OFF_SECONDS
        while True:
            try:
                rows = self._apply(operation.statements)
                break
            except psycopg.OperationalError:
                self.errors += 1
                self._disconnect()
                failed_since = failed_since or time.monotonic()
                outage_seconds = time.monotonic() - failed_since
                if outage_seconds > OUTAGE_LIMIT_SECONDS or self._abandon.wait(back_off_seconds):
                    raise
                back_off_seconds = min(back_off_seconds * 2, LONGEST_BACK_OFF_SECONDS)
        self.commits += 1
        touches_payment = operation.before is not None or operation.after is not None
        if rows == 0 and touches_payment and not failed_since:
            self.missed += 1
        else:
            self.answer_key.replace(operation.before, operation.after)

    def _apply(self, statements: tuple[Statement, ...]) -> int:
        """One commit; returns how many rows its first statement changed."""
        if self._session is None:
            self._session = _Session(self._core_dsn)
        return self._session.apply(statements)

    def _disconnect(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


class _Session:
    """One connection with its cursors, which are kept because making them costs more than a row."""

    def __init__(self, core_dsn: str) -> None:
        self._connection = connect(core_dsn)
        self._first = self._connection.cursor()
        self._rest = self._connection.cursor()

    def apply(self, statements: tuple[Statement, ...]) -> int:
        first, *rest = statements
        if rest:
            # Statements of one pipeline travel together and are one transaction: without a BEGIN
            # the server commits them all at the pipeline's end, or none of them.
            with self._connection.pipeline():
                _execute(self._first, first)
                for statement in rest:
                    _execute(self._rest, statement)
        else:
            _execute(self._first, first)
        return self._first.rowcount

    def close(self) -> None:
        self._connection.close()


def _execute(cursor: psycopg.Cursor[tuple[object, ...]], statement: Statement) -> None:
    cursor.execute(statement_text(statement.name), statement.parameters, prepare=True)
