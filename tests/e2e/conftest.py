"""What the tests of the real chain share: waiting with a bound, and a plain payment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

WaitFor = Callable[..., None]
Pay = Callable[..., None]


@pytest.fixture(scope="session")
def wait_for() -> WaitFor:
    """`wait_for(condition, what, bound_seconds)`: until it holds; fails with `what` when it is over
    its bound."""

    def wait(condition: Callable[[], bool], what: str, bound_seconds: float = 90.0) -> None:
        pause, deadline = threading.Event(), time.monotonic() + bound_seconds
        while not condition():
            assert time.monotonic() < deadline, what
            pause.wait(0.1)

    return wait


@pytest.fixture(scope="session")
def pay() -> Pay:
    """`pay(core, txn_id, status)`: a payment of ten rupees, made today."""

    def insert(core: psycopg.Connection[tuple[object, ...]], txn_id: str, status: str) -> None:
        core.execute(
            "INSERT INTO transactions_to_settle VALUES (%s, 'MERC0001', 10.00, 'UPI',"
            " CURRENT_DATE, '0', %s, clock_timestamp(), clock_timestamp())",
            (txn_id, status),
        )

    return insert
