"""What the tests of the real chain share: a plain payment."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

Pay = Callable[..., None]


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
